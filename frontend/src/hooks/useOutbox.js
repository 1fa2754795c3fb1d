import { useEffect, useRef } from "react";

import { isExplainedElsewhere } from "../app/streamReducer";
import { isUnreachable, toApiError } from "../services/apiError";
import * as chatService from "../services/chatService";
import { makeSendMessage, SERVER } from "../services/contracts";
import { NEW, useChatStore } from "../stores/chatStore";

const ACK_WITHIN = 20_000;
const DELIVER_AGAIN_AFTER = 5_000;

const chat = () => useChatStore.getState();
const dispatch = (key, action) => chat().dispatch(key, action);

export const sendingIn = (key) =>
  chat()
    .of(key)
    .outbox.filter(({ state }) => state === "sending");

function reasonOf(error) {
  const { code, message } = toApiError(error);
  return isExplainedElsewhere(code) ? null : message;
}

/** A refusal shows the same on every door. */
export const failedBy = (client_message_id, error) => ({
  type: "failed",
  client_message_id,
  reason: reasonOf(error),
  flag: toApiError(error).flag,
});

/** Over REST, as often as the network needs; sending twice is harmless. */
async function deliver(id, message) {
  const { client_message_id } = message;
  if (!sendingIn(id).some((item) => item.client_message_id === client_message_id)) return;
  try {
    const { replyId, ...stored } = await chatService.postMessage(id, message);
    const ack = { type: SERVER.ACK, client_message_id, message: stored, replyId };
    dispatch(id, { type: "frames", frames: [ack] });
  } catch (error) {
    const { code } = toApiError(error);
    if (isUnreachable(error)) setTimeout(deliver, DELIVER_AGAIN_AFTER, id, message);
    else if (code === "unsafe") dispatch(id, { type: "discarded", client_message_id });
    else dispatch(id, failedBy(client_message_id, error));
  }
}

export const deliverLater = (id) => sendingIn(id).forEach((message) => deliver(id, message));

/** A message that isn't acknowledged in time, though the line stands, is shown as not sent. Without a line it waits. */
function useDeadline(key, outbox, { status, doubted, opened }) {
  const live = status === "open" && !doubted;
  const since = useRef(0);
  useEffect(() => {
    since.current = Date.now();
  }, [live, opened]);
  useEffect(() => {
    if (!live) return undefined;
    const timers = outbox
      .filter(({ state }) => state === "sending")
      .map(({ client_message_id, at }) =>
        setTimeout(
          () => dispatch(key, { type: "failed", client_message_id }),
          Math.max(Math.max(at, since.current) + ACK_WITHIN - Date.now(), 0),
        ),
      );
    return () => timers.forEach(clearTimeout);
  }, [key, outbox, live, opened]);
}

/**
 * Sends over the socket what waits in the conversation's outbox, once for each socket and each press of Send again; what
 * is still unsent when the patient goes elsewhere goes by REST.
 */
export function useOutbox(key, outbox, socket) {
  const { status, opened, send } = socket;
  const sentOver = useRef(new Map());

  useEffect(() => {
    if (status !== "open") return;
    for (const item of sendingIn(key)) {
      const { client_message_id, attachments, at } = item;
      const attempt = `${opened} ${at}`;
      if (sentOver.current.get(client_message_id) === attempt) continue;
      const ids = attachments.length ? attachments.map((attachment) => attachment.id) : undefined;
      if (send(makeSendMessage({ ...item, attachments: ids }))) {
        sentOver.current.set(client_message_id, attempt);
      }
    }
  }, [key, status, opened, send, outbox]);

  useDeadline(key, outbox, socket);

  useEffect(() => {
    if (key === NEW) return undefined;
    return () => deliverLater(key);
  }, [key]);
}
