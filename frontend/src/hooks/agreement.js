import { ticked } from "./useForm";

const TICK = "Veda can’t answer you without this. Tick the box to go on.";

/** What is wrong with a year of birth, where people have to be `least` years old. The server counts in UTC, too. */
const isYearOf = (least) => (value) => {
  const year = Number(value);
  const known = /^\d{4}$/.test(value.trim()) && year >= 1900 && year <= new Date().getFullYear();
  if (!known) return "Write the year in four digits, like 1961.";
  const oldEnough = new Date().getUTCFullYear() - year >= least;
  return oldEnough ? null : `Veda is for people of ${least} years or older.`;
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
