import { ticked } from "./useForm";

const TICK = "Veda can’t answer you without this. Tick the box to go on.";

function isYear(value) {
  const year = Number(value);
  const known = /^\d{4}$/.test(value.trim()) && year >= 1900 && year <= new Date().getFullYear();
  return known ? null : "Write the year in four digits, like 1961.";
}

/** What a form that asks for consent checks. `config` is the server's. */
export const boxChecks = ({ consents }) =>
  Object.fromEntries(
    consents.filter(({ required }) => required).map(({ purpose }) => [purpose, ticked(TICK)]),
  );

/** The age matters only where there is a least one. */
export const asksYear = ({ minimum_age: least }) => least > 0;
export const yearCheck = (config) => (asksYear(config) ? { year_of_birth: isYear } : {});
export const yearIn = ({ year_of_birth: year }) => (year ? { year_of_birth: Number(year) } : {});

/** The purposes whose boxes are ticked, as [required ones, free ones]. */
export function tickedIn(values, { consents }) {
  const given = consents.filter(({ purpose }) => values[purpose]);
  return [true, false].map((needed) =>
    given.filter(({ required }) => required === needed).map(({ purpose }) => purpose),
  );
}
