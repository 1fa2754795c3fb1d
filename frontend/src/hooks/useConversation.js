import { useQuery } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef, useState } from "react";

import { askForQuiet } from "../app/quiet";
import {
  EMPTY_CONVERSATION,
  isExplainedElsewhere,
  questionOf,
  resumePoint,
  runningReply,
} from "../app/streamReducer";
import { DISABLED_NOTICE, SIGNED_OUT_NOTICE } from "../services/api";
import { isUnreachable, statusOf, toApiError } from "../services/apiError";
import * as chatService from "../services/chatService";
import { backoff } from "../services/connection";
import { makeSendMessage, makeStop, SERVER } from "../services/contracts";
import { useAuthStore } from "../stores/authStore";
import { NEW, useChatStore } from "../stores/chatStore";
import { usePictureStore } from "../stores/pictureStore";
import { useUiStore } from "../stores/uiStore";
import { makeUuid } from "../utils/uuid";
import { useAuth } from "./useAuth";
import { useConfig } from "./useConfig";
import { useConversationChanges } from "./useConversations";
import { useWebSocket } from "./useWebSocket";
import { t } from "../utils/i18n";

/** What a patient says who wants the same in plainer words. */
const SIMPLER = "conversation.pleaseExplainThatMoreSimply";
const ACK_WITHIN = 20_000;
const DELIVER_AGAIN_AFTER = 5_000;
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

const isPaused = ({ type, error }) => type === SERVER.ERROR && error === "account_paused";
const isJoining = ({ type, state }) => type === SERVER.PRESENCE && state === "joined";
const isComingOrGoing = ({ type, state }) => type === SERVER.PRESENCE && state !== "typing";

/** The page then asks for it, and the message waits in its place. */
const isConsentMissing = ({ type, error }) => type === SERVER.ERROR && error === "consent_required";

function reasonOf(error) {
  const { code, message } = toApiError(error);
  return isExplainedElsewhere(code) ? null : message;
}

/** A refusal shows the same on every door. */
const failedBy = (client_message_id, error) => ({
  type: "failed",
  client_message_id,
  reason: reasonOf(error),
  flag: toApiError(error).flag,
});

/** What the frames were the first to tell stands before everything, whatever the patient is doing. */
function raiseAlarm(key) {
  const { alarm, messages } = chat().of(key);
  if (!alarm) return;
  const stays = messages.some(({ metadata }) => metadata.flag === alarm);
  useUiStore.getState().raiseAlarm(alarm, { stays });
  dispatch(key, { type: "alarmShown" });
}

const patient = () => useAuthStore.getState().user?.id;

let reserving = null;

/** The conversation of the first message: one for everybody who needs it before that message is sent. */
function reserveConversation() {
  const { reserved } = chat();
  if (reserved) return Promise.resolve(reserved);
  const asker = patient();
  const { temporary, newProfile } = useUiStore.getState();
  reserving ??= chatService
    .createConversation({
      ...(temporary && { temporary }),
      ...(newProfile && { health_profile: newProfile }),
    })
    .then((conversation) => {
      if (patient() === asker) chat().reserve(conversation);
      return conversation;
    })
    .finally(() => {
      reserving = null;
    });
  return reserving;
}

/** Runs task(id) with the reserved conversation; where that was deleted meanwhile, with another. */
async function withinReserved(task) {
  const { id } = await reserveConversation();
  try {
    return await task(id);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    if (chat().reserved?.id === id) chat().reserve(null);
    return task((await reserveConversation()).id);
  }
}

/** What was begun before the conversation had an address belongs to it. */
function moveIn(id) {
  if (chat().reserved?.id !== id) return;
  chat().reserve(null);
  usePictureStore.getState().move(NEW, id);
  useUiStore.getState().moveDraft(NEW, id);
  useUiStore.getState().setNewProfile(null);
}

/** The reserved conversation, once the patient has left without using it; null where anything may still go there. */
async function takeUnused() {
  const { reserved, reserve, of } = chat();
  const isWanted = of(NEW).outbox.length || usePictureStore.getState().of(NEW).length;
  if (!reserved || isWanted) return null;
  reserve(null);
  /* Another tab may have opened it from the list and written there. */
  const messages = await chatService.listMessages(reserved.id);
  return messages.length ? null : reserved.id;
}

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

/** What is still unsent when the patient goes elsewhere. */
const deliverLater = (id) => sendingIn(id).forEach((message) => deliver(id, message));

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
  const { refresh, created, staffChanged, isThere, remove } = useConversationChanges();
  const { mutate: removeConversation } = remove;
  const messages = useMessages(id);
  const sentOver = useRef(new Map());
  const creating = useRef(false);
  /** How often the conversation couldn't be made, because nobody answered. */
  const [stalls, setStalls] = useState(0);

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
  }, [key, status, opened, send, state.outbox]);

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

  useEffect(() => {
    if (!id) return undefined;
    if (chat().of(NEW).becameId === id) chat().forget(NEW);
    moveIn(id);
    takeUnused().then(
      (unused) => unused && removeConversation(unused),
      () => {}, // it stays in the list
    );
    return () => deliverLater(id);
  }, [id, removeConversation]);
  useDeadline(key, state.outbox, socket);

  async function create() {
    if (creating.current) return;
    creating.current = true;
    try {
      const conversation = await reserveConversation();
      setStalls(0);
      if (!sendingIn(NEW).length) return;
      chat().adoptNew(conversation.id);
      created(conversation);
      if (!onCreated(conversation)) {
        moveIn(conversation.id);
        chat().forget(NEW);
        deliverLater(conversation.id);
      }
    } catch (error) {
      if (isUnreachable(error)) return void setStalls((count) => count + 1);
      setStalls(0);
      for (const { client_message_id } of sendingIn(NEW)) {
        dispatch(NEW, failedBy(client_message_id, error));
      }
    } finally {
      creating.current = false;
    }
  }

  const createAgain = useEffectEvent(() => {
    if (sendingIn(NEW).length) create();
    else setStalls(0);
  });
  useEffect(() => {
    if (!stalls) return undefined;
    const again = () => createAgain();
    const timer = setTimeout(again, backoff(stalls));
    window.addEventListener("online", again);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("online", again);
    };
  }, [stalls]);

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
