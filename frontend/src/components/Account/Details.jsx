import { useAuth } from "../../hooks/useAuth";
import { useConfig } from "../../hooks/useConfig";
import { filled, useForm } from "../../hooks/useForm";
import { useNote } from "../../hooks/useNote";
import { Button } from "../Common/Button";
import { Field, SelectField } from "../Common/Field";
import { FormError } from "../Common/FormError";
import { Notice } from "../Common/Notice";
import { Section } from "./Section";

const CHECKS = { name: filled("Write your name.") };

/** Veda takes it once, so that nobody grows older than they are. */
function YearOfBirth({ year }) {
  if (!year) return null;
  return (
    <div className="grid gap-1.5">
      <p className="text-ui">
        <span className="font-[620]">Year of birth:</span> {year}
      </p>
      <p className="meta">It is set once and can’t be changed here.</p>
    </div>
  );
}

export function Details() {
  const { user, changeDetails } = useAuth();
  const { countries } = useConfig();
  const [note, tell] = useNote();

  async function save({ name, country }) {
    tell(null);
    await changeDetails({ name: name.trim(), country });
    tell("Your details are saved.");
  }

  const { input, busy, message, onSubmit } = useForm(
    { name: user.name, country: user.country ?? "" },
    save,
    CHECKS,
  );

  return (
    <Section title="Your details">
      <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
        <FormError>{message}</FormError>
        <Field label="Name" autoComplete="name" maxLength={150} required {...input("name")} />
        <SelectField
          label="Country"
          autoComplete="country"
          blank="None chosen"
          help="So that Veda shows the emergency numbers of where you are."
          options={countries}
          {...input("country")}
        />
        <YearOfBirth year={user.year_of_birth} />
        <div className="flex flex-wrap items-center gap-3">
          <Button look="line" type="submit" busy={busy}>
            {busy ? "Saving…" : "Save"}
          </Button>
        </div>
        <Notice look="done">{note}</Notice>
      </form>
    </Section>
  );
}
