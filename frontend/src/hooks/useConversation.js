import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { EMPTY_CONVERSATION, resumePoint, runningReply } from "../app/streamReducer";
import { DISABLED_NOTICE, SIGNED_OUT_NOTICE } from "../services/api";
import { statusOf, toApiError } from "../services/apiError";
import * as chatService from "../services/chatService";
import { makeSendMessage, makeStop, SERVER } from "../services/contracts";
import { NEW, useChatStore } from "../stores/chatStore";
import { makeUuid } from "../utils/uuid";
import { useAuth } from "./useAuth";
import { useConversationChanges } from "./useConversations";
import { useWebSocket } from "./useWebSocket";

const ACK_WITHIN = 20_000;
const chat = () => useChatStore.getState();
const dispatch = (key, action) => chat().dispatch(key, action);
const sendingIn = (key) =>
  chat()
    .of(key)
    .outbox.filter(({ state }) => state === "sending");

/** What changes a conversation's place or name in the list. */
const MOVES_LIST = new Set([SERVER.ACK, SERVER.DONE]);

/** Loads what there is; from then on the socket tells what is new, and the store keeps it. */
function useMessages(id) {
  const query = useQuery({
    queryKey: ["messages", id],
    queryFn: () => chatService.listMessages(id),
    enabled: Boolean(id),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  const { data } = query;
  useEffect(() => {
    if (data) dispatch(id, { type: "loaded", messages: data });
  }, [id, data]);
  return query;
}

/** A message that isn't acknowledged in time is shown as not sent. */
function useDeadline(key, outbox) {
  useEffect(() => {
    const timers = outbox
      .filter(({ state }) => state === "sending")
      .map(({ client_message_id, at }) =>
        setTimeout(
          () => dispatch(key, { type: "failed", client_message_id }),
          Math.max(at + ACK_WITHIN - Date.now(), 0),
        ),
      );
    return () => timers.forEach(clearTimeout);
  }, [key, outbox]);
}

/** Hands what is still unsent over REST when the patient goes elsewhere; sending twice is harmless. */
function deliverLater(id) {
  for (const message of sendingIn(id)) {
    chatService
      .postMessage(id, message)
      .then(({ replyId, ...stored }) =>
        dispatch(id, {
          type: "frames",
          frames: [
            {
              type: SERVER.ACK,
              client_message_id: message.client_message_id,
              message: stored,
              replyId,
            },
          ],
        }),
      )
      .catch((error) => {
        if (toApiError(error).code === "unsafe") dispatch(id, { ...message, type: "discarded" });
      });
  }
}

/**
 * One conversation, or (without an id) the one that begins with the first message. `onCreated(conversation)` opens it
 * and says whether it did: the patient may have gone elsewhere meanwhile.
 */
export function useConversation(id, { onCreated }) {
  const key = id ?? NEW;
  const state = useChatStore(({ conversations }) => conversations[key] ?? EMPTY_CONVERSATION);
  const { wasSignedOut } = useAuth();
  const { refresh, created } = useConversationChanges();
  const messages = useMessages(id);
  const sentOver = useRef(new Map());

  const socket = useWebSocket({
    conversationId: id,
    enabled: Boolean(id) && state.loaded,
    resumeFrom: (open) => ({ ...resumePoint(chat().of(open)), gap: chat().of(open).gap }),
    onFrames: (open, frames) => {
      dispatch(open, { type: "frames", frames });
      if (frames.some(({ type }) => MOVES_LIST.has(type))) refresh(open);
    },
  });
  const { status, opened, send } = socket;

  useEffect(() => {
    if (status !== "open") return;
    for (const { client_message_id, content, at } of sendingIn(key)) {
      const attempt = `${opened} ${at}`;
      if (sentOver.current.get(client_message_id) === attempt) continue;
      if (send(makeSendMessage({ client_message_id, content }))) {
        sentOver.current.set(client_message_id, attempt);
      }
    }
  }, [key, status, opened, send, state.outbox]);

  useEffect(() => {
    if (status !== "open") return;
    const reply = runningReply(chat().of(key));
    if (reply?.stopping) send(makeStop({ messageId: reply.id }));
  }, [key, status, opened, send]);

  useEffect(() => {
    if (status === "gone") refresh();
    if (status === "disabled") wasSignedOut(DISABLED_NOTICE);
    if (status === "signedOut") wasSignedOut(SIGNED_OUT_NOTICE);
  }, [status, refresh, wasSignedOut]);

  useEffect(() => {
    if (!id) return undefined;
    if (chat().of(NEW).becameId === id) chat().forget(NEW);
    return () => deliverLater(id);
  }, [id]);
  useDeadline(key, state.outbox);

  async function create() {
    try {
      const conversation = await chatService.createConversation();
      chat().adoptNew(conversation.id);
      created(conversation);
      if (!onCreated(conversation)) {
        chat().forget(NEW);
        deliverLater(conversation.id);
      }
    } catch (error) {
      const { message: reason } = toApiError(error);
      for (const { client_message_id } of sendingIn(NEW)) {
        dispatch(NEW, { type: "failed", client_message_id, reason });
      }
    }
  }

  function ask(content) {
    dispatch(key, { type: "sent", client_message_id: makeUuid(), content, at: Date.now() });
    if (!id) create();
  }

  function askAgain(reply) {
    const { messages } = chat().of(key);
    const at = messages.findIndex((message) => message.id === reply.id);
    const question =
      messages.find((message) => message.id === reply.reply_to) ??
      messages.slice(0, at).findLast((message) => message.sender === "user");
    if (question && !runningReply(chat().of(key))) ask(question.content);
  }

  function sendAgain(client_message_id) {
    dispatch(key, { type: "sentAgain", client_message_id, at: Date.now() });
    if (!id) create();
    else socket.retry();
  }

  function stop() {
    const { id: messageId } = runningReply(state);
    dispatch(key, { type: "stopping", messageId });
    send(makeStop({ messageId }));
  }

  return {
    ...state,
    loading: Boolean(id) && !state.loaded && messages.isPending,
    failed: !state.loaded && messages.isError && statusOf(messages.error) !== 404,
    gone: status === "gone" || statusOf(messages.error) === 404,
    reload: messages.refetch,
    connection: socket,
    ask,
    askAgain,
    sendAgain,
    discard: (client_message_id) => dispatch(key, { type: "discarded", client_message_id }),
    stop,
  };
}
