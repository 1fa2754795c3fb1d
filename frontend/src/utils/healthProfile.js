import { t } from "./i18n";

export const AGES = {
  under_3_months: "healthProfile.ageUnder3Months",
  "3_to_23_months": "healthProfile.age3To23Months",
  "2_to_11": "healthProfile.age2To11",
  "12_to_17": "healthProfile.age12To17",
  "18_to_64": "healthProfile.age18To64",
  "65_or_over": "healthProfile.age65OrOver",
};

export const PREGNANCIES = {
  no: "healthProfile.notPregnant",
  pregnant: "healthProfile.pregnant",
  breastfeeding: "healthProfile.breastfeeding",
};

const SOMEBODY = {
  under_3_months: "healthProfile.aBabyUnder3Months",
  "3_to_23_months": "healthProfile.aBaby3To23Months",
  "2_to_11": "healthProfile.aChild2To11",
  "12_to_17": "healthProfile.somebody12To17",
  "18_to_64": "healthProfile.anAdult",
  "65_or_over": "healthProfile.somebody65OrOver",
};

export const saysNothing = ({ about, age_band, pregnancy, medicines, allergies }) =>
  about === "me" && !age_band && !pregnancy && !medicines.length && !allergies.length;

/** In a few words, for a button. */
export function whomIn({ about, age_band, pregnancy }) {
  const who =
    about === "me" ? t("healthProfile.me") : t(SOMEBODY[age_band] ?? "healthProfile.somebodyElse");
  const isNo = !pregnancy || pregnancy === "no";
  return isNo ? who : `${who}, ${t(PREGNANCIES[pregnancy])}`;
}

/** All that was said, for the answer that heeded it. */
export function factsIn({ about, age_band, pregnancy, medicines, allergies }) {
  const age = about === "me" ? AGES[age_band] : SOMEBODY[age_band];
  return [
    age && t(age),
    pregnancy && t(PREGNANCIES[pregnancy]),
    medicines.length > 0 && t("healthProfile.takesNames", { names: medicines.join(", ") }),
    allergies.length > 0 && t("healthProfile.allergicToNames", { names: allergies.join(", ") }),
  ]
    .filter(Boolean)
    .join("; ");
}
