import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { MessagePictures } from "./MessagePictures";
import { Resources } from "./Resources";
import { t } from "../../utils/i18n";

function OnItsWay({ cut }) {
  if (!cut) return <p className="meta pe-2">{t("common.sending")}</p>;
  return (
    <p className="flex items-center gap-1.5 pe-2 text-ui text-ink-soft">
      <Icon name="hourglass" />
      {t("unsentMessage.waitingForTheNetwork")}
    </p>
  );
}

function NotSent({ item, onSendAgain, onDiscard }) {
  return (
    <div className="grid justify-items-end">
      <div
        className="flex flex-wrap items-center justify-end gap-x-1 text-ui"
        role="group"
        aria-label={t("unsentMessage.messageNotSent")}
      >
        <span className="inline-flex items-center gap-1.5 pe-2 font-semibold text-danger-ink">
          <Icon name="circle-alert" />
          {t("unsentMessage.notSent")}
        </span>
        {onSendAgain && (
          <Button onClick={() => onSendAgain(item.client_message_id)}>
            <Icon name="rotate-ccw" />
            {t("unsentMessage.sendAgain")}
          </Button>
        )}
        <Button
          aria-label={t("unsentMessage.deleteThisMessage")}
          onClick={() => onDiscard(item.client_message_id)}
        >
          <Icon name="trash-2" />
          <span className="wordy">{t("common.delete")}</span>
        </Button>
      </div>
      {item.reason && <p className="text-ui text-danger-ink">{item.reason}</p>}
      {item.flag?.emergency && <Resources flag={item.flag} />}
    </div>
  );
}

/** What the patient wrote and the server hasn't taken yet. Without `onSendAgain` it can't take it now. */
export function UnsentMessage({ item, cut = false, onSendAgain, onDiscard }) {
  const failed = item.state === "failed";
  return (
    <div
      className="grid max-w-[min(34rem,92%)] min-w-0 justify-items-end gap-1 justify-self-end"
      data-end
    >
      <MessagePictures attachments={item.attachments} />
      {item.content && (
        <p className={`bubble ${failed || cut ? "bubble-unsent" : ""}`}>
          <span className="sr-only">
            {failed ? t("unsentMessage.youWroteNotSent") : t("unsentMessage.youWrote")}
          </span>
          <span className="block" dir="auto">
            {item.content}
          </span>
        </p>
      )}
      {failed ? (
        <NotSent item={item} onSendAgain={onSendAgain} onDiscard={onDiscard} />
      ) : (
        <OnItsWay cut={cut} />
      )}
    </div>
  );
}
