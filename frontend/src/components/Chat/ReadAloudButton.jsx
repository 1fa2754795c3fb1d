import { useEffect, useState, useSyncExternalStore } from "react";

import { canSpeak, onVoicesChange, speak } from "../../services/speaking";
import { locale, t } from "../../utils/i18n";
import { spokenText } from "../../utils/spokenText";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** One answer is read at a time. Where the device has no voice of its own, there is no button. */
export function ReadAloudButton({ reply }) {
  const offered = useSyncExternalStore(onVoicesChange, () => canSpeak(locale()));
  /** null, or what stops the reading. */
  const [stop, setStop] = useState(null);

  /* The answer goes: another conversation, another page, signed out, hidden. */
  useEffect(() => stop ?? undefined, [stop]);

  if (!offered) return null;

  function read() {
    const stopThis = speak(spokenText(reply, locale()), locale(), () => setStop(null));
    setStop(() => stopThis);
  }

  return (
    <Button
      className="px-2.5 font-[560]"
      aria-label={stop ? undefined : t("readAloud.readAloudThisAnswer")}
      onClick={stop ?? read}
    >
      <Icon name={stop ? "square" : "volume"} />
      {t(stop ? "readAloud.stopReading" : "readAloud.readAloud")}
    </Button>
  );
}
