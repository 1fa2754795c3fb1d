import { Field } from "./Field";
import { t } from "../../utils/i18n";

export function YearField({ least, ...input }) {
  return (
    <Field
      label={t("yearField.yearOfBirth")}
      inputMode="numeric"
      autoComplete="bday-year"
      maxLength={4}
      required
      help={t("common.vedaIsForPeopleOf", { least })}
      {...input}
    />
  );
}
