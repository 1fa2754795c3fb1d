import { useContext, useId, useState } from "react";

import { Icon } from "../Common/Icon";
import { UnsupportedContext } from "./UnsupportedContext";
import { t } from "../../utils/i18n";

const NOT_FOUND = "unsupported.notFoundInTheSources";
const MISSING = {
  number: "unsupported.theSourcesDontHaveThis",
  medicine: "unsupported.theSourcesDontSayThis",
  people: "unsupported.theSourcesDontSayThis2",
  negation: "unsupported.theSourcesSeemToSay",
  words: "unsupported.theSourcesBelowDontSay",
};
const ORDER = Object.keys(MISSING);

/** A sentence that the sources don't have; a press on its mark says so in words. */
export function Unsupported({ place, children }) {
  const missing = useContext(UnsupportedContext)[place]?.missing ?? [];
  const [open, setOpen] = useState(false);
  const id = useId();
  const what = ORDER.find((kind) => missing.includes(kind)) ?? "words";
  return (
    <>
      <span className="unsupported">{children}</span>
      <button
        type="button"
        className="unsupported-mark"
        aria-label={t(NOT_FOUND)}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name="circle-question" className="icon-small" />
      </button>
      {open && (
        <span id={id} className="unsupported-note">
          {t(NOT_FOUND)}. {t(MISSING[what])} {t("unsupported.pleaseCheck")}{" "}
        </span>
      )}
    </>
  );
}
