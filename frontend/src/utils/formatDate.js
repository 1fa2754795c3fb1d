import { locale, t } from "./i18n";

const DAY = 24 * 60 * 60 * 1000;

/** Making a format takes much longer than using it, and a list of conversations uses many. */
function inLocale(options) {
  let made = null;
  return {
    format(moment) {
      if (made?.locale !== locale()) {
        made = { locale: locale(), format: new Intl.DateTimeFormat(locale(), options).format };
      }
      return made.format(moment);
    },
  };
}

const time = inLocale({ hour: "2-digit", minute: "2-digit" });
const longDate = inLocale({ day: "numeric", month: "long", year: "numeric" });
const month = inLocale({ month: "long" });
const monthAndYear = inLocale({ month: "long", year: "numeric" });

function startOfDay(moment) {
  const day = new Date(moment);
  day.setHours(0, 0, 0, 0);
  return day;
}

/* Rounded, because a day is an hour shorter or longer when the clocks change. */
const daysBetween = (earlier, later) =>
  Math.round((startOfDay(later).getTime() - startOfDay(earlier).getTime()) / DAY);

/** "21 November 2026", on one line. */
export const formatDate = (iso) => longDate.format(new Date(iso)).replaceAll(" ", "\u00a0");

/** "21 November 2026, 14:32" */
export function formatDateAndTime(iso) {
  const moment = new Date(iso);
  return `${longDate.format(moment)}, ${time.format(moment)}`;
}

/** "14:32" today, "21 November 2026, 14:32" on other days. */
export function formatMoment(iso, now = new Date()) {
  const moment = new Date(iso);
  return daysBetween(moment, now) === 0 ? time.format(moment) : formatDateAndTime(iso);
}

/** The heading in the list of conversations: "Today", "Last week", "March", "March 2025". */
function dayGroup(iso, now = new Date()) {
  const moment = new Date(iso);
  const days = daysBetween(moment, now);
  if (days <= 0) return t("formatDate.today");
  if (days === 1) return t("formatDate.yesterday");
  if (days <= 7) return t("formatDate.lastWeek");
  if (moment.getFullYear() === now.getFullYear()) return month.format(moment);
  return monthAndYear.format(moment);
}

/** [{label, items}], in the order of the items, grouped by the day of `dateOf(item)`. */
export function groupByDay(items, dateOf, now = new Date()) {
  const groups = [];
  for (const item of items) {
    const label = dayGroup(dateOf(item), now);
    const last = groups.at(-1);
    if (last?.label === label) last.items.push(item);
    else groups.push({ label, items: [item] });
  }
  return groups;
}

/** "40 seconds", "12 minutes", "2 hours": rounded up, so that nobody comes back too early. */
export function formatWait(seconds) {
  const [size, unit] =
    seconds <= 90 ? [1, "second"] : seconds <= 5400 ? [60, "minute"] : [3600, "hour"];
  const count = Math.ceil(seconds / size);
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(
    count,
  );
}

/** The message of a refusal for too many calls says how long to wait, where the server told. */
export const withWait = (message, seconds) =>
  seconds ? t("formatDate.messageYouCanTryAgain", { message, wait: formatWait(seconds) }) : message;

/** "0:14", "2:00". */
export function formatSeconds(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** "40%" */
export const formatPercent = (share) =>
  new Intl.NumberFormat(locale(), { style: "percent" }).format(Math.floor(share * 100) / 100);
