import { t } from "../../utils/i18n";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** Of a conversation that isn't kept; before the first question one can still change one's mind. */
export function TemporaryBar({ onKeep }) {
  return (
    <section
      className="bar flex flex-wrap items-center gap-x-3 bg-primary-soft px-4 py-1.5 text-ui text-on-primary-soft wide:px-6"
      aria-label={t("chatPage.temporaryConversation")}
    >
      <p className="flex flex-[1_1_15rem] gap-2.5 max-phone:py-1.5">
        <Icon name="message-circle-dashed" className="mt-px" />
        <span>{t("temporaryBar.what")}</span>
      </p>
      {onKeep && (
        <Button
          className="px-2 text-on-primary-soft underline underline-offset-[0.2em] max-phone:ms-5.5 hover:bg-transparent"
          onClick={onKeep}
        >
          {t("temporaryBar.keep")}
        </Button>
      )}
    </section>
  );
}
