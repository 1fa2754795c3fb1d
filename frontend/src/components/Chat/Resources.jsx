import { useState } from "react";

import { useAuth } from "../../hooks/useAuth";
import { formatDate } from "../../utils/formatDate";
import { SelectField } from "../Common/Field";
import { Icon } from "../Common/Icon";

const MEDICAL = "medical_emergency";
const CRISIS = "self_harm_crisis";
/** Which numbers help with what, the most urgent first. */
const KINDS = {
  [MEDICAL]: ["emergency", "poison", "medical_advice"],
  [CRISIS]: ["crisis", "emergency"],
};
const ALL_KINDS = ["emergency", "crisis", "medical_advice", "poison"];

const numbersFor = (category, { numbers }) =>
  (KINDS[category] ?? ALL_KINDS).flatMap((kind) => numbers.filter((entry) => entry.kind === kind));

/** The one red number is one that is known to work where the patient is. */
const isSolid = (entry, category, code) =>
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
        <b>{byText ? `Text ${display}` : display}</b>
        <span className="block text-ui">
          {[entry.label, entry.note].filter(Boolean).join(". ")}
        </span>
      </span>
    </a>
  );
}

/**
 * Numbers to call. They come from the server with the reply, and so does what they are for. Where the patient's country is
 * known its numbers come first, else the question which one it is.
 */
export function Resources({ flag: { category, emergency } }) {
  const { countries, international } = emergency;
  const { user } = useAuth();
  const known = user?.country in countries ? user.country : "";
  const [code, setCode] = useState(known);
  const help = countries[code] ?? international;
  const numbers = numbersFor(category, help);
  const [checkedOn] = numbers.map((entry) => entry.last_verified).sort();
  const choice = (
    <SelectField
      label="Numbers for"
      blank="Choose your country"
      options={Object.entries(countries).map(([value, { name }]) => ({ code: value, name }))}
      value={code}
      onChange={({ target }) => setCode(target.value)}
    />
  );

  return (
    <section className="my-1 grid gap-2.5" aria-label="Numbers to call">
      {!known && choice}
      {numbers.map((entry, index) => (
        <Call
          key={`${entry.number} ${entry.label}`}
          entry={entry}
          first={index === 0}
          solid={index === 0 && isSolid(entry, category, code)}
        />
      ))}
      {help.text && <p className="text-ui">{help.text}</p>}
      {category === CRISIS && help.crisis_text && <p className="text-ui">{help.crisis_text}</p>}
      {known && choice}
      <p className="meta">
        {checkedOn && `Checked on ${formatDate(checkedOn)}. `}
        <a href="/emergency">All emergency numbers</a>
      </p>
    </section>
  );
}
