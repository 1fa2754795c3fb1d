import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";

import { makeResume, SERVER } from "../services/contracts";
import { openConnection } from "../services/connection";

const IDLE = { status: "idle", attempts: 0, crowded: false, doubted: false };
/** Browsers draw no frames for a hidden page; its chunks are taken at this pace. */
const HIDDEN_PAGE_PACE = 250;

/** Gathers chunks until the next animation frame; every other frame is taken at once, in its turn. */
function makeInbox(take) {
  let frames = [];
  let drawing = null;
  let timer = null;

  function flush() {
    cancelAnimationFrame(drawing);
    clearTimeout(timer);
    drawing = timer = null;
    const taken = frames;
    frames = [];
    if (taken.length) take(taken);
  }

  return {
    flush,
    add(frame) {
      frames.push(frame);
      if (frame.type !== SERVER.CHUNK) flush();
      else if (drawing === null) {
        drawing = requestAnimationFrame(flush);
        timer = setTimeout(flush, HIDDEN_PAGE_PACE);
      }
    },
  };
}

/**
 * The socket of one conversation. `resumeFrom(conversationId)` tells what the page holds and whether text is missing;
 * `onFrames(conversationId, frames)` takes what arrives.
 */
export function useWebSocket({ conversationId, enabled, resumeFrom, onFrames }) {
  const [connection, setConnection] = useState(IDLE);
  const [opened, setOpened] = useState(0);
  const line = useRef(null);
  const held = useEffectEvent(resumeFrom);
  const take = useEffectEvent(onFrames);

  useEffect(() => {
    if (!enabled) return undefined;
    let resuming = false;

    function resume(send) {
      const { lastMessageId, offset } = held(conversationId);
      resuming = send(makeResume({ conversationId, lastMessageId, offset }));
    }

    const inbox = makeInbox((frames) => {
      take(conversationId, frames);
      if (frames.some(({ type }) => type === SERVER.RESUME_ACK)) resuming = false;
      if (held(conversationId).gap && !resuming) resume(line.current.send);
    });

    line.current = openConnection({
      conversationId,
      onOpen(send) {
        inbox.flush();
        resume(send);
        setOpened((count) => count + 1);
      },
      onFrame: inbox.add,
      onStatus: setConnection,
    });

    return () => {
      line.current.close();
      line.current = null;
      inbox.flush();
      setConnection(IDLE);
    };
  }, [conversationId, enabled]);

  const send = useCallback((frame) => line.current?.send(frame) ?? false, []);
  const retry = useCallback(() => line.current?.retry(), []);
  return { ...connection, opened, send, retry };
}
