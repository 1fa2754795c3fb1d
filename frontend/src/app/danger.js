/* What a flag of the server means to the page. Pure; the words stand with the components. */

export const MEDICAL = "medical_emergency";
export const CRISIS = "self_harm_crisis";
export const VIOLENCE = "violence";
export const SAFEGUARDING = "safeguarding";
export const UNSCREENED = "unscreened";
export const PERSON = "person";
const FOREIGN_LANGUAGE = "foreign_language";

/** Which numbers help with what, the most urgent first. */
const KINDS = {
  [MEDICAL]: ["emergency", "poison", "medical_advice"],
  [CRISIS]: ["crisis", "emergency"],
  [VIOLENCE]: ["emergency", "crisis", "domestic_violence"],
  [SAFEGUARDING]: ["domestic_violence", "sexual_violence", "child", "emergency", "crisis"],
  /* Not a flag: for whoever asks for a person, who mostly needs none of the lines for one kind of trouble. */
  [PERSON]: ["emergency", "crisis", "medical_advice"],
  /* Nobody knows what it is about, and what it says about itself stands below. */
  [FOREIGN_LANGUAGE]: ["emergency", "crisis"],
};
const ALL_KINDS = [
  "emergency",
  "crisis",
  "medical_advice",
  "poison",
  "child",
  "domestic_violence",
  "sexual_violence",
];

const withFirst = (kind, kinds) => [kind, ...kinds.filter((other) => other !== kind)];

function kindsFor({ category, under_age: underAge, about_child: aboutChild, sexual }) {
  const known = KINDS[category] ?? ALL_KINDS;
  const kinds = sexual ? withFirst("sexual_violence", known) : known;
  return (underAge || aboutChild) && category !== MEDICAL ? withFirst("child", kinds) : kinds;
}

function eachOnce(entries) {
  const lines = new Map();
  for (const entry of entries) {
    const key = `${entry.number} ${Boolean(entry.by_text)}`;
    if (!lines.has(key)) lines.set(key, entry);
  }
  return [...lines.values()];
}

/**
 * Those of `help`'s numbers that serve: of each kind the first, then the others, so that no list of lines pushes the
 * emergency number down. A number that two lines share stands there once.
 */
export function numbersFor(flag, help) {
  const ofKinds = kindsFor(flag).map((kind) => help.numbers.filter((known) => known.kind === kind));
  return eachOnce([
    ...ofKinds.flatMap((entries) => entries.slice(0, 1)),
    ...ofKinds.flatMap((entries) => entries.slice(1)),
  ]);
}

const isEmergency = ({ kind }) => kind === "emergency";
const isPoison = ({ kind }) => kind === "poison";

/**
 * Where a country is only guessed: what holds anywhere stands behind its emergency number, and the line for one kind of
 * trouble last.
 */
export function numbersForGuess(flag, guessed, international) {
  const lines = numbersFor(flag, guessed);
  const behind = lines.findIndex(isEmergency) + 1;
  const rest = lines.slice(behind);
  return eachOnce([
    ...lines.slice(0, behind),
    ...numbersFor(flag, international),
    ...rest.filter((entry) => !isPoison(entry)),
    ...rest.filter(isPoison),
  ]);
}

const NUMBER_IN_WORDS = /^\* (?:Text )?\*\*([+\d][\d -]*)\*\*: /;
const LISTED = /^(Text )?\*\*([+\d][\d -]*)\*\*: ([^\n]+)$/;

/** The number that an item of a fixed reply's list is about; null: none. */
export function numberIn(item) {
  const [, text, display, label] = LISTED.exec(item) ?? [];
  return display
    ? { number: display.replace(/[ -]/g, ""), display, label, by_text: Boolean(text) }
    : null;
}

/**
 * The words of a reply without the numbers, and what stands around them, which the card beside says already: there they
 * can be called, and follow the country that the patient chooses.
 */
export function withoutNumbers(text, flag) {
  const { countries, international } = flag.emergency;
  const onCard = new Set(
    [international, ...Object.values(countries)]
      .flatMap((help) => numbersFor(flag, help))
      .map(({ number, display = number }) => display),
  );
  const isOnCard = (paragraph = "") =>
    paragraph.split("\n").every((line) => onCard.has(NUMBER_IN_WORDS.exec(line)?.[1]));
  const paragraphs = text.split("\n\n");
  const asksForCountry = paragraphs.includes(international.text);
  return paragraphs
    .filter((paragraph, place) => {
      if (paragraph === international.text || paragraph.startsWith("Numbers for "))
        return !isOnCard(paragraphs[place + 1]);
      if (asksForCountry && flag.category === CRISIS && paragraph === international.crisis_text)
        return false;
      return (
        !(asksForCountry && paragraph.startsWith("Which country are you in?")) &&
        !isOnCard(paragraph)
      );
    })
    .join("\n\n");
}

const OPENS_DIALOG = new Set([MEDICAL, CRISIS]);

/** Whether a reminder has it: of what was told before. */
export const isReminder = (flag) => flag?.about === "earlier";

/** Whether what it is about does now. */
export const callsForHelp = (flag) => Boolean(flag?.emergency) && !isReminder(flag);

/** Whether the notice stands before everything else: never of what somebody near must not see, nor of an answer's words. */
export const opensDialog = (flag) =>
  callsForHelp(flag) && OPENS_DIALOG.has(flag.category) && flag.about !== "answer";
