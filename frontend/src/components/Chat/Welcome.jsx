import { Link } from "react-router";

import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { RichText } from "../Common/RichText";
import { firstName } from "../../utils/firstName";
import { t } from "../../utils/i18n";

function headingFor(name, paused) {
  if (paused) return t("paused.writingIsPaused");
  const called = firstName(name);
  return called
    ? t("welcome.whatWouldYouLikeToKnowName", { name: called })
    : t("welcome.whatWouldYouLikeTo");
}

/**
 * The first visit: what one could ask, and what to expect. `temporary`: what is asked now isn't kept. `paused`: nothing
 * can be asked.
 */
export function Welcome({ name, suggestions, paused, temporary, onAsk, onTemporary }) {
  return (
    <div className="lane grid min-h-full content-center gap-7 pt-5 pb-8">
      <div>
        <h1 tabIndex={-1} data-page-heading>
          {headingFor(name, paused)}
        </h1>
        {!paused && <p className="mt-3 max-w-[56ch]">{t("welcome.askAsYouWouldAsk")}</p>}
      </div>
      {!paused && suggestions.length > 0 && (
        <ul className="grid gap-2.5 pair:grid-cols-2" aria-label={t("welcome.examples")}>
          {suggestions.slice(0, 4).map((question) => (
            <li key={question} className="grid">
              <button
                type="button"
                className="grid min-h-14 grid-cols-[1fr_auto] items-center gap-3 rounded-card border border-line-control bg-surface px-4 py-3 text-start text-ui hover:bg-primary-soft hover:text-on-primary-soft"
                onClick={() => onAsk(question)}
              >
                {question}
                <Icon name="arrow-up" className="text-link" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <ul
        className="grid gap-2.5 text-ui text-ink-soft pair:grid-cols-2"
        aria-label={t("welcome.goodToKnow")}
      >
        <li className="grid grid-cols-[1.25rem_1fr] gap-2.5">
          <Icon name="info" className="mt-0.5 text-link" />
          <span>{t("welcome.itInformsItDoesNot")}</span>
        </li>
        <li className="grid grid-cols-[1.25rem_1fr] gap-2.5">
          <Icon name="book-open" className="mt-0.5 text-link" />
          <span>{t("welcome.aNumberAfterASentence")}</span>
        </li>
        <li className="grid grid-cols-[1.25rem_1fr] gap-2.5 pair:col-span-2">
          <Icon name="circle-question" className="mt-0.5 text-link" />
          <span>
            <RichText id="welcome.aboutVeda" about={<Link to="/about" />} />
          </span>
        </li>
        {temporary && (
          <li className="grid grid-cols-[1.25rem_1fr] gap-2.5 pair:col-span-2">
            <Icon name="message-circle-dashed" className="mt-0.5 text-link" />
            <span>{t("welcome.temporaryRules")}</span>
          </li>
        )}
      </ul>
      {!temporary && !paused && (
        <p className="flex flex-wrap items-center gap-x-3 text-ui text-ink-soft">
          <Button look="line" onClick={onTemporary}>
            <Icon name="message-circle-dashed" />
            {t("welcome.temporary")}
          </Button>
          {t("welcome.temporaryHelp")}
        </p>
      )}
    </div>
  );
}
