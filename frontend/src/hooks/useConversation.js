import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { askForQuiet } from "../app/quiet";
import { EMPTY_CONVERSATION, questionOf, resumePoint, runningReply } from "../app/streamReducer";
import { DISABLED_NOTICE, SIGNED_OUT_NOTICE } from "../services/api";
import { statusOf } from "../services/apiError";
import * as chatService from "../services/chatService";
import { makeStop, SERVER } from "../services/contracts";
import { useAuthStore } from "../stores/authStore";
import { NEW, useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";
import { makeUuid } from "../utils/uuid";
import { useAuth } from "./useAuth";
import { useConfig } from "./useConfig";
import { useConversationChanges } from "./useConversations";
import { useNewConversation, withinReserved } from "./useNewConversation";
import { useOutbox } from "./useOutbox";
import { useWebSocket } from "./useWebSocket";
import { t } from "../utils/i18n";

/** What a patient says who wants the same in plainer words. */
const SIMPLER = "conversation.pleaseExplainThatMoreSimply";
const chat = () => useChatStore.getState();
const dispatch = (key, action) => chat().dispatch(key, action);

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

const isPaused = ({ type, error }) => type === SERVER.ERROR && error === "account_paused";
const isJoining = ({ type, state }) => type === SERVER.PRESENCE && state === "joined";
const isComingOrGoing = ({ type, state }) => type === SERVER.PRESENCE && state !== "typing";

/** The page then asks for it, and the message waits in its place. */
const isConsentMissing = ({ type, error }) => type === SERVER.ERROR && error === "consent_required";

/** What the frames were the first to tell stands before everything, whatever the patient is doing. */
function raiseAlarm(key) {
  const { alarm, messages } = chat().of(key);
  if (!alarm) return;
  const stays = messages.some(({ metadata }) => metadata.flag === alarm);
  useUiStore.getState().raiseAlarm(alarm, { stays });
  dispatch(key, { type: "alarmShown" });
}

/**
 * One conversation, or (without an id) the one that begins with the first message. `onCreated(conversation)` opens it
 * and says whether it did: the patient may have gone elsewhere meanwhile. `onTakenBack(question)` puts a question with
 * pictures back to where it was written, because the server takes each attachment once.
 */
export function useConversation(id, { onCreated, onTakenBack }) {
  const key = id ?? NEW;
  const state = useChatStore(({ conversations }) => conversations[key] ?? EMPTY_CONVERSATION);
  const { wasSignedOut } = useAuth();
  const { answerer } = useConfig();
  const changes = useConversationChanges();
  const { refresh, staffChanged, isThere } = changes;
  const messages = useMessages(id);
  const { stalls, create } = useNewConversation(id, { onCreated, changes });

  const socket = useWebSocket({
    conversationId: id,
    enabled: Boolean(id) && state.loaded,
    resumeFrom: (open) => ({ ...resumePoint(chat().of(open)), gap: chat().of(open).gap }),
    onFrames: (open, arrived) => {
      const frames = arrived.filter((frame) => !(isJoining(frame) && isThere(open, frame.name)));
      dispatch(open, { type: "frames", frames });
      raiseAlarm(open);
      if (frames.some(({ type }) => MOVES_LIST.has(type))) refresh(open);
      frames.filter(isComingOrGoing).forEach((frame) => staffChanged(open, frame));
      if (frames.some(isPaused)) useAuthStore.getState().accountPaused();
      if (frames.some(isConsentMissing)) useAuthStore.getState().consentNeeded();
    },
  });
  const { status, opened, send } = socket;
  useOutbox(key, state.outbox, socket);

  useEffect(() => {
    if (status !== "open") return;
    const reply = runningReply(chat().of(key));
    if (reply?.stopping) send(makeStop({ messageId: reply.id }));
  }, [key, status, opened, send]);

  useEffect(() => {
    if (status === "gone") refresh();
    if (status === "disabled") wasSignedOut(t(DISABLED_NOTICE));
    if (status === "signedOut") wasSignedOut(t(SIGNED_OUT_NOTICE));
  }, [status, refresh, wasSignedOut]);

  /* Who came or went while the line was cut. */
  useEffect(() => {
    if (id && opened > 1) refresh(id);
  }, [id, opened, refresh]);

  const within = id ? (task) => task(id) : withinReserved;

  function ask(content, attachments = [], more = {}) {
    const client_message_id = makeUuid();
    askForQuiet();
    dispatch(key, {
      type: "sent",
      client_message_id,
      content,
      attachments,
      ...more,
      at: Date.now(),
    });
    if (!id) create();
  }

  /** No message, but the server looks whether somebody in danger wrote it; what it finds is shown by the api. */
  async function haveScreened(content) {
    const message = { client_message_id: makeUuid(), content, attachments: [] };
    await within((open) => chatService.postMessage(open, message)).catch(() => {});
  }

  function askAgain(reply) {
    const question = questionOf(chat().of(key), reply);
    if (!question || runningReply(chat().of(key))) return;
    if (question.attachments?.length) return void onTakenBack(question);
    ask(question.content, [], { repeats: reply.id, simplifies: reply.metadata.simplifies?.id });
  }

  function simplify(reply) {
    if (!runningReply(chat().of(key))) ask(t(SIMPLER), [], { simplifies: reply.id });
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
    connection:
      !id && stalls ? { ...socket, status: "waiting", attempts: stalls, retry: create } : socket,
    ask,
    askAgain,
    edit: onTakenBack,
    simplify: answerer?.language_model ? simplify : undefined,
    haveScreened,
    within,
    sendAgain,
    rate: (messageId, feedback) => dispatch(key, { type: "rated", messageId, feedback }),
    dismissBlocked: () => dispatch(key, { type: "blockedSeen" }),
    discard: (client_message_id) => dispatch(key, { type: "discarded", client_message_id }),
    stop,
  };
}
