import { Link } from "react-router";

import { useAuth } from "../../hooks/useAuth";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { RichText } from "../Common/RichText";
import { ToNumbers } from "../Common/ToNumbers";
import { t } from "../../utils/i18n";

/** In the composer's place: why one can't write, and what one can do. */
export function Paused({ onAskForPerson }) {
  const { refreshUser } = useAuth();
  return (
    <section className="quiet quiet-tall" aria-label={t("paused.writingIsPaused")}>
      <Icon name="info" />
      <div className="grid gap-1">
        <p>
          <RichText
            id="paused.writingIsPausedForYour"
            strong={<strong />}
            account={<Link to="/account" />}
            numbers={<ToNumbers target="_blank" rel="noreferrer" />}
            aside={<span className="sr-only" />}
          />
        </p>
        <div className="-ms-4 flex flex-wrap">
          {onAskForPerson && <Button onClick={onAskForPerson}>{t("common.askForAPerson")}</Button>}
          <Button onClick={() => refreshUser().catch(() => {})}>{t("paused.checkAgain")}</Button>
        </div>
      </div>
    </section>
  );
}
