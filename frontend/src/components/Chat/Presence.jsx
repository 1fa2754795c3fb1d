import { useEffect, useState } from "react";

import { Icon } from "../Common/Icon";

/** A frame says that somebody writes; without another one they have stopped. In milliseconds. */
const WRITES_FOR = 6_000;

const WORDS = {
  joined: "has joined. They are a person and can read this conversation.",
  left: "has left. Veda answers again.",
};

/** Who came or went, at its place in the conversation. */
export function PresenceNote({ note: { name, state } }) {
  return (
    <p className="presence" data-end>
      <Icon name={state === "joined" ? "user-round-check" : "user-round"} />
      <span>
        <strong>{name}</strong> {WORDS[state]}
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
      {name} is writing…
    </p>
  );
}
