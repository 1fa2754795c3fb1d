import { useEffect, useRef } from "react";

import { isReply, isRunning } from "../app/streamReducer";
import { useUiStore } from "../stores/uiStore";

function ending(reply) {
  if (reply.metadata.reason === "stopped") return "The answer was stopped.";
  if (reply.status === "incomplete") return "The answer broke off.";
  const count = reply.metadata.sources?.length ?? 0;
  if (count === 0) return "Veda has answered.";
  return `Veda has answered, with ${count} ${count === 1 ? "source" : "sources"}.`;
}

/** Tells those who listen that an answer begins, ends or breaks off, and that a message wasn't sent. Never its words. */
export function useAnnouncements(id, { messages, outbox }) {
  const announce = useUiStore((ui) => ui.announce);
  const watched = useRef({ id: null, running: new Set(), failed: new Set() });

  useEffect(() => {
    const before =
      watched.current.id === id ? watched.current : { running: new Set(), failed: new Set() };
    const replies = messages.filter(isReply);
    const running = new Set(replies.filter(isRunning).map((reply) => reply.id));
    const failed = new Set(
      outbox.filter(({ state }) => state === "failed").map((item) => item.client_message_id),
    );
    watched.current = { id, running, failed };

    if ([...failed].some((key) => !before.failed.has(key))) announce("Your message was not sent.");
    const ended = replies.find((reply) => before.running.has(reply.id) && !running.has(reply.id));
    if (ended) announce(ending(ended));
    else if ([...running].some((key) => !before.running.has(key))) announce("Veda is answering.");
  }, [id, messages, outbox, announce]);
}
