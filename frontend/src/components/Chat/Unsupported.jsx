import { useContext, useId, useState } from "react";

import { Icon } from "../Common/Icon";
import { SourcesContext } from "./SourcesContext";
import { UnsupportedContext } from "./UnsupportedContext";
import { locale, t } from "../../utils/i18n";

const NOT_FOUND = "unsupported.notFoundInTheSources";
const MISSING = {
  number: "unsupported.theSourcesDontHaveThis",
  medicine: "unsupported.theSourcesDontSayThis",
  people: "unsupported.theSourcesDontSayThis2",
  negation: "unsupported.theSourcesSeemToSay",
  words: "unsupported.theSourcesBelowDontSay",
};
const ORDER = Object.keys(MISSING);

/** The sources that a sentence names all the same: {count, names}; null: none. */
function useNamed(cited) {
  const { byNumber } = useContext(SourcesContext);
  const numbers = [...new Set(cited)].filter((n) => byNumber.has(n)).map(String);
  const names = new Intl.ListFormat(locale()).format(numbers);
  return numbers.length ? { count: numbers.length, names } : null;
}

/**
 * A sentence that the sources don't have; a press on its mark says so in words. `cited`: the numbers of the sources that
 * it names, which don't have it either.
 */
export function Unsupported({ place, cited, children }) {
  const missing = useContext(UnsupportedContext)[place]?.missing ?? [];
  const named = useNamed(cited);
  const [open, setOpen] = useState(false);
  const id = useId();
  const what = ORDER.find((kind) => missing.includes(kind)) ?? "words";
  return (
    <>
      <span className="unsupported">{children}</span>
      <button
        type="button"
        className="unsupported-mark"
        aria-label={named ? t("unsupported.notFoundInNamed", named) : t(NOT_FOUND)}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name="circle-question" className="icon-small" />
      </button>
      {open && (
        <span id={id} className="unsupported-note">
          {named ? t("unsupported.namedButNotFound", named) : `${t(NOT_FOUND)}.`}{" "}
          {!(named && what === "words") && t(MISSING[what])} {t("unsupported.pleaseCheck")}{" "}
        </span>
      )}
    </>
  );
}
