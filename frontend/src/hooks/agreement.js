import { ticked } from "./useForm";
import { t } from "../utils/i18n";

const TICK = "agreement.vedaCantAnswerYouWithout";

/** What is wrong with a year of birth, where people have to be `least` years old. The server counts in UTC, too. */
const isYearOf = (least) => (value) => {
  const year = Number(value);
  const known = /^\d{4}$/.test(value.trim()) && year >= 1900 && year <= new Date().getFullYear();
  if (!known) return t("agreement.writeTheYearInFour");
  const oldEnough = new Date().getUTCFullYear() - year >= least;
  return oldEnough ? null : t("common.vedaIsForPeopleOf", { least });
};

/** What a form that asks for consent checks. `config` is the server's. */
export const boxChecks = ({ consents }) =>
  Object.fromEntries(
    consents.filter(({ required }) => required).map(({ purpose }) => [purpose, ticked(TICK)]),
  );

/** The age matters only where there is a least one. */
export const asksYear = ({ minimum_age: least }) => least > 0;
export const yearCheck = (config) =>
  asksYear(config) ? { year_of_birth: isYearOf(config.minimum_age) } : {};
export const yearIn = ({ year_of_birth: year }) => (year ? { year_of_birth: Number(year) } : {});

/** The purposes whose boxes are ticked, as [required ones, free ones]. */
export function tickedIn(values, { consents }) {
  const given = consents.filter(({ purpose }) => values[purpose]);
  return [true, false].map((needed) =>
    given.filter(({ required }) => required === needed).map(({ purpose }) => purpose),
  );
}
