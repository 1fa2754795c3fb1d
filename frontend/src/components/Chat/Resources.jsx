import { formatDate } from "../../utils/formatDate";
import { Icon } from "../Common/Icon";

const digits = (number) => number.replace(/[^\d+*#]/g, "");
const address = ({ number, kind }) => `${kind === "text" ? "sms" : "tel"}:${digits(number)}`;

/** Numbers to call. They come from the server with the reply, and so does what they are for. */
export function Resources({ emergency }) {
  const { numbers = [], country, checked_on: checkedOn } = emergency;
  return (
    <div className="mt-4 grid gap-2.5">
      {numbers.map((entry) => (
        <a key={`${entry.number} ${entry.label}`} className="call" href={address(entry)}>
          <Icon
            name={entry.kind === "text" ? "message-square-text" : "phone"}
            className="size-6 text-link"
          />
          <span>
            <b>{entry.number}</b>
            <span className="text-ui">{[entry.label, entry.note].filter(Boolean).join(". ")}</span>
          </span>
        </a>
      ))}
      {(country || checkedOn) && (
        <p className="meta">
          {country && `Numbers for ${country}. `}
          {checkedOn && `Checked on ${formatDate(checkedOn)}. `}
          <a href="/emergency">More numbers</a>
        </p>
      )}
    </div>
  );
}
