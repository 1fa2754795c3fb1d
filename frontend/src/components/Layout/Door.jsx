import { useEffect, useRef } from "react";
import { Link } from "react-router";

import { Icon, Mark } from "../Common/Icon";
import { Operator, Papers } from "../Common/Operator";
import { EmergencyLink } from "./EmergencyLink";
import { t } from "../../utils/i18n";

/** Who runs this, and what one may want to read before one trusts it. */
function Foot({ column }) {
  return (
    <footer className="meta mx-auto w-full max-w-[36rem] px-[clamp(1rem,4vw,2.5rem)] pb-6 wide:max-w-[66rem]">
      <div className={`mx-auto ${column}`}>
        <Papers>
          <Link className="tap" to="/about">
            {t("about.aboutVeda")}
          </Link>
        </Papers>
        <Operator />
      </div>
    </footer>
  );
}

/** The frame of the pages before the chat. `column`: how wide at most what stands in it is. */
export function Door({ column = "", children }) {
  return (
    <div className="grid min-h-dvh grid-rows-[auto_1fr_auto]">
      <header className="flex flex-wrap items-center justify-between gap-x-4 px-[clamp(1rem,4vw,2.5rem)] py-3">
        <Link className="brand" to="/">
          <Mark />
          Veda
        </Link>
        <EmergencyLink />
      </header>
      <main className="mx-auto w-full max-w-[36rem] px-[clamp(1rem,4vw,2.5rem)] pt-[clamp(1rem,4vw,3rem)] pb-12 wide:max-w-[66rem] wide:pt-12">
        <div className={`mx-auto ${column}`}>{children}</div>
      </main>
      <Foot column={column} />
    </div>
  );
}

/** One sheet with a heading, to which the focus goes where nothing in it asks for it. */
export function DoorSheet({ title, children }) {
  const heading = useRef(null);
  useEffect(() => {
    if (document.activeElement === document.body) heading.current.focus();
  }, []);
  return (
    <Door column="max-w-[34rem]">
      <div className="sheet form">
        <h1 className="text-h2" ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </div>
    </Door>
  );
}

const FACTS = [
  ["book-open", "door.everyAnswerNamesItsSources", "door.youCanOpenEachOne"],
  ["info", "door.itInforms", "door.itDoesNotExamineYou"],
  ["lock", "door.yourConversationsAreYours", "door.deleteThemWheneverYouLike"],
];

/** What Veda is, beside a form. */
export function DoorWithFacts({ title, wide = false, children }) {
  const columns = wide ? "wide:grid-cols-[1fr_34rem]" : "wide:grid-cols-[1fr_28rem] wide:pt-6";
  return (
    <Door>
      <div className={`grid content-start gap-x-20 gap-y-10 ${columns}`}>
        <div className="max-w-[28rem]">
          <h1>{title}</h1>
          <p className="mt-3.5">{t("door.askInYourOwnWords")}</p>
          <ul className="mt-7 hidden gap-4.5 wide:grid">
            {FACTS.map(([icon, fact, more]) => (
              <li key={icon} className="grid grid-cols-[1.5rem_1fr] gap-3 text-ui">
                <Icon name={icon} className="mt-0.5 text-link" />
                <span>
                  <strong>{t(fact)}</strong> {t(more)}
                </span>
              </li>
            ))}
          </ul>
        </div>
        {children}
      </div>
    </Door>
  );
}
