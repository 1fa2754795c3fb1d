import { useOnline } from "../../hooks/useOnline";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { t } from "../../utils/i18n";

const OFFLINE = "offlineBar.youAreOfflineWhatYou";
const NO_CONNECTION = "offlineBar.vedaCantBeReachedWhat";
const CROWDED = "offlineBar.vedaIsOpenInToo";
/** A single failed attempt is what a restarting server looks like: nothing to worry anybody with. */
const PATIENCE = 2;

/** An open socket whose server still answers is worth more than the browser's opinion. */
function isCut({ status, attempts, doubted }, online, unsent) {
  if (status === "open") return doubted;
  return !online || attempts >= (unsent ? 1 : PATIENCE);
}

/** Whether the socket is away for longer than a blink; with something `unsent`, at all. */
export const useIsCut = (connection, unsent) => isCut(connection, useOnline(), unsent);

export function OfflineBar({ connection, cut }) {
  const online = useOnline();
  if (!cut && !connection.crowded) return null;
  const words = online ? NO_CONNECTION : OFFLINE;
  return (
    <div
      className="bar flex flex-wrap items-center gap-x-3 bg-caution-soft px-4 py-1.5 text-ui text-on-caution wide:px-6"
      role="status"
    >
      <p className="flex flex-[1_1_15rem] gap-2.5 max-phone:py-1.5">
        <Icon name={connection.crowded ? "info" : "wifi-off"} className="mt-px" />
        <span>{t(connection.crowded ? CROWDED : words)}</span>
      </p>
      {connection.status !== "idle" && (
        <Button
          className="px-2 text-on-caution underline underline-offset-[0.2em] max-phone:ms-5.5 hover:bg-transparent"
          onClick={connection.retry}
        >
          {t("common.tryAgainNow")}
        </Button>
      )}
    </div>
  );
}
