import { useContext } from "react";

import { safeAddress } from "../../utils/answerMarkdown";
import { formatDate } from "../../utils/formatDate";
import { Icon } from "../Common/Icon";
import { SourcesContext } from "./SourcesContext";

function PageLink({ url, title }) {
  const address = safeAddress(url);
  if (!address) return null;
  return (
    <a className="tap font-[560]" href={address} target="_blank" rel="noopener noreferrer">
      Read the page
      <Icon name="external-link" className="icon-small" />
      <span className="sr-only">: {title} (opens a new tab)</span>
    </a>
  );
}

const WORDS = { show: "Show the passage", hide: "Hide the passage" };
const MARGIN_WORDS = { show: "Show more", hide: "Show less" };
/** About what three lines in the margin hold. */
const SHORT = 100;

/**
 * Number, title, publisher and date, excerpt, link. One excerpt is open at a time; in the margin the others show how they
 * begin, so that the margin isn't longer than the answer.
 */
export function SourceCard({ source, inMargin }) {
  const { pointed, opened, point, open, cardId } = useContext(SourcesContext);
  const { n, title, heading, url, source: publisher, read_on: readOn, excerpt } = source;
  const isOpen = opened === n;
  const isWhole = inMargin && excerpt.length <= SHORT;
  const words = inMargin ? MARGIN_WORDS : WORDS;
  const excerptId = `${cardId(n)}-excerpt`;

  return (
    <article
      id={cardId(n)}
      className={`source ${(pointed ?? opened) === n ? "is-active" : ""}`}
      aria-label={`Source ${n}`}
      tabIndex={-1}
      onMouseEnter={() => point(n)}
      onMouseLeave={() => point(null)}
    >
      <div className="grid grid-cols-[auto_1fr] items-start gap-2">
        <span className="cite m-0" aria-hidden="true">
          {n}
        </span>
        <div>
          <p className="text-ui leading-[1.35] font-[640]">
            {title}
            {heading && heading !== title && `: ${heading}`}
          </p>
          <p className="meta">
            {publisher}
            {readOn && (
              <>
                , <span className="whitespace-nowrap">read {formatDate(readOn)}</span>
              </>
            )}
          </p>
        </div>
      </div>
      {(isOpen || inMargin) && (
        <blockquote
          id={excerptId}
          className={`text-ui leading-normal ${isOpen || isWhole ? "" : "line-clamp-3"}`}
        >
          “{excerpt}”
        </blockquote>
      )}
      {source.clinically_reviewed === false && (
        <p className="mark">
          <Icon name="circle-dashed" className="size-4" />
          Not clinically reviewed
        </p>
      )}
      <div className="flex flex-wrap gap-x-5">
        {!isWhole && (
          <button
            type="button"
            className="tap font-[560] text-link underline underline-offset-[0.18em]"
            aria-expanded={isOpen}
            aria-controls={excerptId}
            onClick={() => open(isOpen ? null : n)}
          >
            {isOpen ? words.hide : words.show}
          </button>
        )}
        <PageLink url={url} title={title} />
      </div>
    </article>
  );
}
