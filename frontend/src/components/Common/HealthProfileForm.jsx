import { useForm } from "../../hooks/useForm";
import { AGES, PREGNANCIES } from "../../utils/healthProfile";
import { formatDate } from "../../utils/formatDate";
import { t } from "../../utils/i18n";
import { AreaField, CheckField, SelectField } from "./Field";
import { FormError } from "./FormError";

const MOST_NAMES = 20;
const NAME_CHARS = 60;
const MARKS = /[<>[\]{}`*_#|\\"@~^=$]/;
const TOO_YOUNG_TO_BE_PREGNANT = new Set(["under_3_months", "3_to_23_months", "2_to_11"]);

/** One on each line, or with commas between them. */
const namesIn = (text) =>
  text
    .split(/[\n,]/)
    .map((name) => name.trim())
    .filter(Boolean);

function wrongNames(text) {
  const names = namesIn(text);
  if (names.length > MOST_NAMES) return t("healthProfile.atMostNames", { count: MOST_NAMES });
  if (names.some((name) => [...name].length > NAME_CHARS)) {
    return t("healthProfile.eachNameAtMost", { count: NAME_CHARS });
  }
  const name = names.find((one) => MARKS.test(one) || !/[\p{L}\p{N}]/u.test(one));
  return name && t("healthProfile.noNameOf", { name });
}

const CHECKS = { medicines: wrongNames, allergies: wrongNames };
const optionsOf = (ids) => Object.entries(ids).map(([code, id]) => ({ code, name: t(id) }));

const toProfile = ({ other, age_band, pregnancy, medicines, allergies }) => ({
  about: other ? "other" : "me",
  age_band,
  pregnancy: TOO_YOUNG_TO_BE_PREGNANT.has(age_band) ? "" : pregnancy,
  medicines: namesIn(medicines),
  allergies: namesIn(allergies),
});

/** `children(busy)`: the buttons. */
export function HealthProfileForm({ profile, onSave, children }) {
  const { about, age_band, pregnancy, medicines, allergies, updated_at } = profile;
  const { input, check, busy, message, onSubmit } = useForm(
    {
      other: about === "other",
      age_band,
      pregnancy,
      medicines: medicines.join("\n"),
      allergies: allergies.join("\n"),
    },
    (values) => onSave(toProfile(values)),
    CHECKS,
  );
  const isYoung = TOO_YOUNG_TO_BE_PREGNANT.has(input("age_band").value);
  return (
    <form className="grid gap-4" onSubmit={onSubmit} noValidate>
      <FormError>{message}</FormError>
      <CheckField {...check("other")}>{t("healthProfile.itIsSomebodyICareFor")}</CheckField>
      <SelectField
        label={t("healthProfile.age")}
        blank={t("healthProfile.notSaid")}
        options={optionsOf(AGES)}
        {...input("age_band")}
      />
      {!isYoung && (
        <SelectField
          label={t("healthProfile.pregnancyLabel")}
          blank={t("healthProfile.notSaid")}
          options={optionsOf(PREGNANCIES)}
          {...input("pregnancy")}
        />
      )}
      <AreaField
        label={t("healthProfile.medicines")}
        help={t("healthProfile.oneOnEachLine")}
        {...input("medicines")}
      />
      <AreaField
        label={t("healthProfile.allergies")}
        help={t("healthProfile.aboveAllMedicines")}
        {...input("allergies")}
      />
      {updated_at && (
        <p className="meta">{t("healthProfile.saidOn", { date: formatDate(updated_at) })}</p>
      )}
      {children(busy)}
    </form>
  );
}
