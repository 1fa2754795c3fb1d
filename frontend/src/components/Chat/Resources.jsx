import { useId, useState } from "react";

import { useAuth } from "../../hooks/useAuth";
import { formatDate } from "../../utils/formatDate";
import { Icon } from "../Common/Icon";

const MEDICAL = "medical_emergency";
/** Which numbers help with what, the most urgent first. */
const KINDS = {
  [MEDICAL]: ["emergency", "poison", "medical_advice"],
  self_harm_crisis: ["crisis", "emergency"],
};
const ALL_KINDS = ["emergency", "crisis", "medical_advice", "poison"];

const numbersFor = (category, { numbers }) =>
  (KINDS[category] ?? ALL_KINDS).flatMap((kind) => numbers.filter((entry) => entry.kind === kind));

/** The one red number is one that is known to work where the patient is. */
const isSolid = (entry, category, code) =>
  code !== "" && category === MEDICAL && entry.kind === "emergency";

function Call({ entry, solid }) {
  return (
    <a className={`call ${solid ? "call-first" : ""}`} href={`tel:${entry.number}`}>
      <Icon name="phone" className="size-6" />
      <span>
        <b>{entry.display ?? entry.number}</b>
        <span className="block text-ui">
          {[entry.label, entry.note].filter(Boolean).join(". ")}
        </span>
      </span>
    </a>
  );
}

function CountryChoice({ countries, value, onChange }) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-ui font-[620]">
        Numbers for
      </label>
      <div className="relative">
        <select
          id={id}
          className="input appearance-none pr-11 text-ui"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        >
          <option value="">Choose your country</option>
          {Object.entries(countries).map(([code, { name }]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
        <Icon
          name="chevron-down"
          className="pointer-events-none absolute top-3.5 right-3.5 text-ink-soft"
        />
      </div>
    </div>
  );
}

/** Numbers to call. They come from the server with the reply, and so does what they are for. */
export function Resources({ flag: { category, emergency } }) {
  const { countries, international } = emergency;
  const { user } = useAuth();
  const [code, setCode] = useState(user?.country in countries ? user.country : "");
  const help = countries[code] ?? international;
  const numbers = numbersFor(category, help);
  const [checkedOn] = numbers.map((entry) => entry.last_verified).sort();

  return (
    <section className="my-1 grid gap-2.5" aria-label="Numbers to call">
      <CountryChoice countries={countries} value={code} onChange={setCode} />
      {help.text && <p className="text-ui">{help.text}</p>}
      {numbers.map((entry, index) => (
        <Call
          key={`${entry.number} ${entry.label}`}
          entry={entry}
          solid={index === 0 && isSolid(entry, category, code)}
        />
      ))}
      <p className="meta">
        {checkedOn && `Checked on ${formatDate(checkedOn)}. `}
        <a href="/emergency">All emergency numbers</a>
      </p>
    </section>
  );
}
