import { CRISIS, numbersFor } from "../../app/danger";
import { useCountry } from "../../hooks/useCountry";
import { formatDate } from "../../utils/formatDate";
import { SelectField } from "../Common/Field";
import { Icon } from "../Common/Icon";
import { t } from "../../utils/i18n";

/** The one red number is one that is known to work where the patient is. */
const isSolid = (entry, { category }, code) =>
  code !== "" && category !== CRISIS && entry.kind === "emergency";

/** By phone, or by text message where the line takes nothing else. */
function Call({ entry, first, solid }) {
  const { number, display = number, by_text: byText } = entry;
  return (
    <a
      className={`call ${solid ? "call-first" : ""}`}
      href={`${byText ? "sms" : "tel"}:${number}`}
      data-must-see={first || undefined}
    >
      <Icon name={byText ? "message-square-text" : "phone"} className="size-6" />
      <span>
        <b className={byText ? "" : "whitespace-nowrap"}>
          {byText ? t("helpNumbers.textDisplay", { display }) : display}
        </b>
        <span className="block text-ui">
          {[entry.label, entry.note].filter(Boolean).join(". ")}
        </span>
      </span>
    </a>
  );
}

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

/**
 * Numbers to call, from the server with the flag that says what they are for. Where the patient's country is known its
 * numbers come first, else the question which one it is, and words that hold anywhere.
 */
export function HelpNumbers({ flag }) {
  const { emergency } = flag;
  const { countries, international } = emergency;
  const { code, isKnown, choose, unsaved } = useCountry(emergency);
  const help = countries[code] ?? international;
  const numbers = numbersFor(flag, help);
  const [checkedOn] = numbers.map((entry) => entry.last_verified).sort();
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
      {!isKnown && choice}
      {numbers.map((entry, index) => (
        <Call
          key={`${entry.number} ${entry.label}`}
          entry={entry}
          first={index === 0}
          solid={index === 0 && isSolid(entry, flag, code)}
        />
      ))}
      {help.text && <p className="text-ui">{help.text}</p>}
      {flag.category === CRISIS && help.crisis_text && (
        <p className="text-ui">{help.crisis_text}</p>
      )}
      {isKnown && choice}
      <p className="meta">
        {code && !choice && `${t("helpNumbers.numbersForName", { name: help.name })} `}
        {checkedOn &&
          `${t("helpNumbers.checkedOnCheckedon", { checkedOn: formatDate(checkedOn) })} `}
        <a href={code ? `/emergency#${code}` : "/emergency"} target="_blank" rel="noreferrer">
          {t("helpNumbers.allEmergencyNumbers")}
          <span className="sr-only"> {t("common.opensANewTab")}</span>
        </a>
      </p>
    </>
  );
}
