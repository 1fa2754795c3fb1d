import { useEffect, useState } from "react";

import { Icon } from "../Common/Icon";
import { RichText } from "../Common/RichText";
import { t } from "../../utils/i18n";

/** A frame says that somebody writes; without another one they have stopped. In milliseconds. */
const WRITES_FOR = 6_000;

const WORDS = {
  joined: "presence.hasJoinedTheyAreA",
  left: "presence.hasLeftVedaAnswersAgain",
};
const LEFT_PAUSED = "presence.hasLeft";

/** Who came or went, at its place in the conversation. `paused`: Veda doesn't answer either. */
export function PresenceNote({ note: { name, state }, paused }) {
  const words = paused && state === "left" ? LEFT_PAUSED : WORDS[state];
  return (
    <p className="presence" data-end>
      <Icon name={state === "joined" ? "user-round-check" : "user-round"} />
      <span>
        <RichText id={words} values={{ name }} strong={<strong />} />
      </span>
    </p>
  );
}

/** `heard`: how often writing was heard; it counts up while it goes on. */
export function StaffWriting({ name, heard }) {
  const [over, setOver] = useState(0);
  useEffect(() => {
    if (!heard) return undefined;
    const timer = setTimeout(() => setOver(heard), WRITES_FOR);
    return () => clearTimeout(timer);
  }, [heard]);

  if (!heard || over === heard) return null;
  return (
    <p className="presence-writing" data-end>
      <span className="pulse pulse-staff" aria-hidden="true" />
      {t("presence.nameIsWriting", { name })}
    </p>
  );
}
