import { useContext } from "react";

import { safeAddress } from "../../utils/answerMarkdown";
import { withApostrophes } from "../../utils/apostrophes";
import { formatDate } from "../../utils/formatDate";
import { Icon } from "../Common/Icon";
import { SourcesContext } from "./SourcesContext";
import { t } from "../../utils/i18n";

function PageLink({ url, title }) {
  const address = safeAddress(url);
  if (!address) return null;
  return (
    <a className="tap font-[560]" href={address} target="_blank" rel="noopener noreferrer">
      {t("sourceCard.readThePage")}
      <Icon name="external-link" className="icon-small" />
      <span className="sr-only">{t("sourceCard.titleOpensANewTab", { title })}</span>
    </a>
  );
}

const WORDS = { show: "sourceCard.showThePassage", hide: "sourceCard.hideThePassage" };
const MARGIN_WORDS = { show: "common.showMore", hide: "sourceCard.showLess" };
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
      aria-label={t("sourceCard.sourceN", { n })}
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
            {withApostrophes(heading && heading !== title ? `${title}: ${heading}` : title)}
          </p>
          <p className="meta">
            {publisher}
            {readOn && (
              <>
                ,{" "}
                <span className="whitespace-nowrap">
                  {t("sourceCard.readReadon", { readOn: formatDate(readOn) })}
                </span>
              </>
            )}
          </p>
        </div>
      </div>
      {(isOpen || inMargin) && (
        <blockquote
          id={excerptId}
          className={`text-ui leading-normal ${isOpen || isWhole ? "" : "line-clamp-3 print:line-clamp-none"}`}
        >
          “{withApostrophes(excerpt)}”
        </blockquote>
      )}
      {source.clinically_reviewed === false && (
        <p className="mark">
          <Icon name="circle-dashed" className="size-4" />
          {t("sourceCard.notClinicallyReviewed")}
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
            {t(isOpen ? words.hide : words.show)}
          </button>
        )}
        <PageLink url={url} title={title} />
      </div>
    </article>
  );
}
