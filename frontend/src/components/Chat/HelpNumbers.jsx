import { CRISIS, numbersFor } from "../../app/danger";
import { useCountry } from "../../hooks/useCountry";
import { formatDate } from "../../utils/formatDate";
import { SelectField } from "../Common/Field";
import { Call } from "./Call";
import { t } from "../../utils/i18n";

/** The one red number is one that is known to work where the patient is. */
const isSolid = (entry, { category }, code) =>
  code !== "" && category !== CRISIS && entry.kind === "emergency";

const withNumbersOf = (country, { numbers }) => ({ numbers: [...country.numbers, ...numbers] });

function CountryField({ countries, code, onChoose, unsaved, isKnown }) {
  const help = isKnown ? null : t("helpNumbers.vedaKeepsYourChoiceSo");
  return (
    <SelectField
      label={isKnown ? t("helpNumbers.numbersFor") : t("helpNumbers.whichCountryAreYouIn")}
      blank={t("helpNumbers.chooseYourCountry")}
      help={unsaved ? t("helpNumbers.thisCouldntBeSavedJust") : help}
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
    <p className="meta">
      {isAlone && `${t("helpNumbers.numbersForName", { name: help.name })} `}
      {checkedOn && `${t("helpNumbers.checkedOnCheckedon", { checkedOn: formatDate(checkedOn) })} `}
      {isAlone && (
        <>
          <a href="/emergency" target="_blank" rel="noreferrer">
            {t("helpNumbers.changeCountry")}
            {aside}
          </a>
          {" · "}
        </>
      )}
      <a href={code ? `/emergency#${code}` : "/emergency"} target="_blank" rel="noreferrer">
        {t("helpNumbers.allEmergencyNumbers")}
        {aside}
      </a>
    </p>
  );
}

/** So many numbers are to be seen at once, and stand before the question for the country. */
const URGENT = 2;

/**
 * Numbers to call, from the server with the flag that says what they are for. Where the patient's country isn't known
 * those of the likely one come first, called a guess, then the question which one it is, and what holds anywhere.
 */
export function HelpNumbers({ flag }) {
  const { countries, international } = flag.emergency;
  const { code, likely, isKnown, choose, unsaved } = useCountry(flag.emergency);
  const help = countries[code] ?? international;
  const guessed = countries[likely];
  const numbers = numbersFor(flag, guessed ? withNumbersOf(guessed, international) : help);
  const isAlone = code !== "" && Object.keys(countries).length === 1;
  const calls = numbers.map((entry, index) => (
    <Call
      key={`${entry.number} ${entry.label}`}
      entry={entry}
      urgent={index < URGENT}
      solid={index === 0 && isSolid(entry, flag, code)}
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
      {guessed && <p className="text-ui">{t("helpNumbers.guessed", { name: guessed.name })}</p>}
      {calls.slice(0, URGENT)}
      {!isKnown && choice}
      {calls.slice(URGENT)}
      {help.text && <p className="text-ui">{help.text}</p>}
      {flag.category === CRISIS && help.crisis_text && (
        <p className="text-ui">{help.crisis_text}</p>
      )}
      {isKnown && choice}
      <About help={help} code={code} isAlone={isAlone} numbers={numbers} />
    </>
  );
}
