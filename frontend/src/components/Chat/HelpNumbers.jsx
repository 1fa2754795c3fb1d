import { CRISIS, isReminder, numbersFor, numbersForGuess } from "../../app/danger";
import { useCountry } from "../../hooks/useCountry";
import { withApostrophes } from "../../utils/apostrophes";
import { formatDate } from "../../utils/formatDate";
import { SelectField } from "../Common/Field";
import { Call } from "./Call";
import { t } from "../../utils/i18n";

/** The one red number: whoever is in a crisis is asked to talk first. */
const isSolid = (entry, { category }) => category !== CRISIS && entry.kind === "emergency";

/** In a crisis the emergency number of a country says when it is the one to call; null: each line says what it is. */
function whenToCall({ category, about_other: aboutOther }, numbers, { international }) {
  const entry = numbers.find(({ kind }) => kind === "emergency");
  if (category !== CRISIS || !entry || international.numbers.includes(entry)) return null;
  const words = aboutOther ? "helpNumbers.ifSomebodyIsHurt" : "helpNumbers.ifYouHaveHurtYourself";
  return { entry, words: t(words) };
}

function CountryField({ countries, code, onChoose, unsaved, isKnown }) {
  return (
    <SelectField
      label={isKnown ? t("helpNumbers.numbersFor") : t("helpNumbers.whichCountryAreYouIn")}
      blank={t("helpNumbers.chooseYourCountry")}
      help={unsaved ? t("helpNumbers.thisCouldntBeSavedJust") : null}
      options={Object.entries(countries).map(([value, { name }]) => ({ code: value, name }))}
      value={code}
      onChange={({ target }) => onChoose(target.value)}
    />
  );
}

/** Whose numbers these are and how fresh, and where those of other countries are. */
function About({ help, code, isAlone, numbers }) {
  const [checkedOn] = numbers.map((entry) => entry.last_verified).sort();
  const aside = <span className="sr-only"> {t("common.opensANewTab")}</span>;
  return (
    <div className="meta">
      <p>
        {isAlone && `${t("helpNumbers.numbersForName", { name: help.name })} `}
        {checkedOn && t("helpNumbers.checkedOnCheckedon", { checkedOn: formatDate(checkedOn) })}
      </p>
      <p className="flex flex-wrap gap-x-4">
        {isAlone && (
          <a href="/emergency" target="_blank" rel="noreferrer">
            {t("helpNumbers.changeCountry")}
            {aside}
          </a>
        )}
        <a href={code ? `/emergency#${code}` : "/emergency"} target="_blank" rel="noreferrer">
          {t("helpNumbers.allEmergencyNumbers")}
          {aside}
        </a>
      </p>
    </div>
  );
}

/** So many numbers are to be seen at once, and stand before the question for the country. */
const URGENT = 2;

/**
 * Numbers to call, from the server with the flag that says what they are for. Where the patient's country isn't known
 * those of the likely one come first, called a guess, then the question which one it is, and what holds anywhere. Below
 * a reminder the first are enough: the notice before it has them all.
 */
export function HelpNumbers({ flag }) {
  const { countries, international } = flag.emergency;
  const { code, likely, isKnown, choose, unsaved } = useCountry(flag.emergency);
  const help = countries[code] ?? international;
  const guessed = countries[likely];
  const numbers = guessed ? numbersForGuess(flag, guessed, international) : numbersFor(flag, help);
  const inBrief = isReminder(flag);
  const when = whenToCall(flag, numbers, flag.emergency);
  const isAlone = code !== "" && Object.keys(countries).length === 1;
  const calls = numbers.map((entry, index) => (
    <Call
      key={`${entry.number} ${entry.label}`}
      entry={entry}
      label={entry === when?.entry ? when.words : entry.label}
      urgent={index < URGENT && !inBrief}
      solid={index === 0 && isSolid(entry, flag)}
    />
  ));
  const choice = Object.keys(countries).length > 1 && (
    <CountryField
      countries={countries}
      code={code}
      onChoose={choose}
      unsaved={unsaved}
      isKnown={isKnown}
    />
  );

  return (
    <>
      {guessed && (
        <p className="text-ui">{t("helpNumbers.guessed", { code: likely, name: guessed.name })}</p>
      )}
      {calls.slice(0, URGENT)}
      {help.text && !inBrief && <p className="text-ui">{withApostrophes(help.text)}</p>}
      {flag.category === CRISIS && help.crisis_text && (
        <p className="text-ui">{withApostrophes(help.crisis_text)}</p>
      )}
      {!isKnown && choice}
      {!inBrief && calls.slice(URGENT)}
      {isKnown && !inBrief && choice}
      <About help={help} code={code} isAlone={isAlone} numbers={numbers} />
    </>
  );
}
