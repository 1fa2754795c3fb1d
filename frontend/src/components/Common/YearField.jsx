import { Field } from "./Field";

export function YearField({ least, ...input }) {
  return (
    <Field
      label="Year of birth"
      inputMode="numeric"
      autoComplete="bday-year"
      maxLength={4}
      required
      help={`Veda is for people of ${least} years or older.`}
      {...input}
    />
  );
}
