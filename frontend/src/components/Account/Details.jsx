import { useAuth } from "../../hooks/useAuth";
import { useConfig } from "../../hooks/useConfig";
import { filled, useForm } from "../../hooks/useForm";
import { useNote } from "../../hooks/useNote";
import { Button } from "../Common/Button";
import { Field, SelectField } from "../Common/Field";
import { FormError } from "../Common/FormError";
import { Notice } from "../Common/Notice";
import { Section } from "./Section";
import { t } from "../../utils/i18n";

const CHECKS = { name: filled("common.writeYourName") };

/** Veda takes it once, so that nobody grows older than they are. */
function YearOfBirth({ year }) {
  if (!year) return null;
  return (
    <div className="grid gap-1.5">
      <p className="text-ui">
        <span className="font-[620]">{t("details.yearOfBirth")}</span> {year}
      </p>
      <p className="meta">{t("details.itIsSetOnceAnd")}</p>
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
    tell(t("details.yourDetailsAreSaved"));
  }

  const { input, busy, message, onSubmit } = useForm(
    { name: user.name, country: user.country ?? "" },
    save,
    CHECKS,
  );

  return (
    <Section title={t("common.yourDetails")}>
      <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
        <FormError>{message}</FormError>
        <Field
          label={t("common.name")}
          autoComplete="name"
          maxLength={150}
          required
          {...input("name")}
        />
        <SelectField
          label={t("common.country")}
          autoComplete="country"
          blank={t("details.noneChosen")}
          help={t("common.soThatVedaShowsThe")}
          options={countries}
          {...input("country")}
        />
        <YearOfBirth year={user.year_of_birth} />
        <div className="flex flex-wrap items-center gap-3">
          <Button look="line" type="submit" busy={busy}>
            {busy ? t("common.saving") : t("common.save")}
          </Button>
        </div>
        <Notice look="done">{note}</Notice>
      </form>
    </Section>
  );
}
