import { useOnline } from "../../hooks/useOnline";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

const NO_CONNECTION =
  "No connection. What you write is kept on this device. Emergency numbers still work.";
const CROWDED = "Veda is open in too many tabs. Close one of them, then try again.";
/** A single failed attempt is what a restarting server looks like: nothing to worry anybody with. */
const PATIENCE = 2;

function isCut({ status, attempts }, online) {
  if (status === "open") return false;
  if (status === "idle") return !online;
  return !online || attempts >= PATIENCE;
}

/** Whether the socket is away for longer than a blink. */
export const useIsCut = (connection) => isCut(connection, useOnline());

export function OfflineBar({ connection }) {
  const cut = useIsCut(connection);
  if (!cut && !connection.crowded) return null;
  return (
    <div
      className="bar flex flex-wrap items-center gap-x-3 gap-y-1 bg-caution-soft px-4 py-1.5 text-ui text-on-caution wide:px-6"
      role="status"
    >
      <p className="flex flex-[1_1_15rem] gap-2.5">
        <Icon name={connection.crowded ? "info" : "wifi-off"} className="mt-px" />
        <span>{connection.crowded ? CROWDED : NO_CONNECTION}</span>
      </p>
      <Button
        className="px-2 text-on-caution underline underline-offset-[0.2em] max-phone:ml-5.5 hover:bg-transparent"
        onClick={connection.retry}
      >
        Try again now
      </Button>
    </div>
  );
}
