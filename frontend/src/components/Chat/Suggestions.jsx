import { useId } from "react";

import { Button } from "../Common/Button";
import { t } from "../../utils/i18n";

/** What one could ask next, as the server knows that it is answered. A press sends it; what is being written stays. */
export function Suggestions({ texts = [], onAsk }) {
  const id = useId();
  if (!texts.length) return null;

  /* The button goes with the press, and the focus would go with it. */
  function ask(text, { currentTarget }) {
    currentTarget.closest("main").focus({ preventScroll: true });
    onAsk(text);
  }

  return (
    <div
      className="mt-1 mb-3 grid gap-2.5 border-t border-line pt-3.5"
      role="group"
      aria-labelledby={id}
    >
      <h3 className="text-ui" id={id}>
        {t("suggestions.moreAboutThis")}
      </h3>
      <ul className="flex flex-wrap gap-2">
        {texts.map((text) => (
          <li key={text}>
            <Button look="line" className="text-start" onClick={(event) => ask(text, event)}>
              <span dir="auto">{text}</span>
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
