import { withApostrophes } from "../../utils/apostrophes";
import { Icon } from "../Common/Icon";
import { t } from "../../utils/i18n";

const onOneLine = (display) => display.replaceAll(" ", "\u00a0");

/** By phone, or by text message where the line takes nothing else. */
export function Call({ entry, label, urgent, solid }) {
  const { number, display = number, by_text: byText } = entry;
  return (
    <a
      className={`call ${solid ? "call-first" : ""}`}
      href={`${byText ? "sms" : "tel"}:${number}`}
      data-must-see={urgent || undefined}
    >
      <Icon name={byText ? "message-square-text" : "phone"} className="size-6" />
      <span>
        <b>
          {t(byText ? "helpNumbers.textDisplay" : "helpNumbers.callDisplay", {
            display: onOneLine(display),
          })}
        </b>
        <span className="block text-ui">
          {withApostrophes([label, entry.note].filter(Boolean).join(". "))}
        </span>
      </span>
    </a>
  );
}
