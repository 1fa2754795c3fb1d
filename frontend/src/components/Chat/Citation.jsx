import { useContext } from "react";

import { SourcesContext } from "./SourcesContext";
import { t } from "../../utils/i18n";

/** A number in the text that leads to its source's card. A number without a source stays text. */
export function Citation({ n, raw }) {
  const { byNumber, pointed, opened, point, open, cardId } = useContext(SourcesContext);
  const source = byNumber.get(n);
  if (!source) return raw;
  return (
    <a
      className={`cite ${(pointed ?? opened) === n ? "is-active" : ""}`}
      href={`#${cardId(n)}`}
      aria-label={t("citation.sourceNTitle", { n, title: source.title })}
      onClick={(event) => {
        event.preventDefault();
        open(n, { go: true });
      }}
      onMouseEnter={() => point(n)}
      onMouseLeave={() => point(null)}
      onFocus={() => point(n)}
      onBlur={() => point(null)}
    >
      {n}
    </a>
  );
}
