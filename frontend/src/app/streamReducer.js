/* The one place that knows what a frame does to a conversation. Pure: live frames, replayed frames and what REST
   loaded go through it alike, in any number of repetitions. */
import { callsForHelp } from "./danger";
import { SERVER, STAGE } from "../services/contracts";
import { countCodePoints, dropCodePoints } from "../utils/codePoints";
import { withWait } from "../utils/formatDate";

/**
 * messages: the server's, oldest first; a reply also has `held` (code points of its content) and what the socket
 *   told about it: `stages`, `position`, `stopping`.
 * outbox: what the patient sent and the server hasn't acknowledged yet.
 * gap: text is missing, so the server has to be asked again.
 * alarm: the flag of a danger that a frame was the first to tell of, until the page has shown it. What was loaded is known.
 * blocked: the reply that stands in an answer's place, until the patient has put its card away or writes on.
 * notes: who came and went, each `after` a message. typing: how often somebody from staff was heard writing; 0: not now.
 */
export const EMPTY_CONVERSATION = Object.freeze({
  messages: Object.freeze([]),
  outbox: Object.freeze([]),
  loaded: false,
  gap: false,
  alarm: null,
  blocked: null,
  notes: Object.freeze([]),
  typing: 0,
});

const RUNNING = new Set(["queued", "streaming"]);

export const isReply = (message) => message.sender === "assistant";
export const isRunning = (message) => isReply(message) && RUNNING.has(message.status);
export const runningReply = (state) => state.messages.find(isRunning);
export const isSending = (state) => state.outbox.some((item) => item.state === "sending");

/** What a reply answers. */
export function questionOf({ messages }, reply) {
  const at = messages.findIndex((message) => message.id === reply.id);
  return (
    messages.find((message) => message.id === reply.reply_to) ??
    messages.slice(0, at).findLast((message) => message.sender === "user")
  );
}

/**
 * What a `resume` says that we hold. The oldest running reply goes before the newest message, because the server
 * sends what is later than the message that we name.
 */
export function resumePoint(state) {
  const message = runningReply(state) ?? state.messages.at(-1);
  if (!message) return { lastMessageId: null, offset: 0 };
  return { lastMessageId: message.id, offset: message.held };
}

const withHeld = (message) => ({ ...message, held: countCodePoints(message.content) });

const placeholder = (id, replyTo = null) => ({
  id,
  sender: "assistant",
  type: "text",
  content: "",
  held: 0,
  status: "queued",
  metadata: {},
  reply_to: replyTo,
  disclaimer: null,
  created_at: null,
});

const find = (state, id) => state.messages.find((message) => message.id === id);

const replace = (state, message) => ({
  ...state,
  messages: state.messages.map((known) => (known.id === message.id ? message : known)),
});

/** A reply whose question we haven't seen must not stand before it. */
function append(state, message) {
  let end = state.messages.length;
  if (!isReply(message)) {
    while (end > 0 && isRunning(state.messages[end - 1]) && !state.messages[end - 1].reply_to) {
      end -= 1;
    }
  }
  return { ...state, messages: state.messages.toSpliced(end, 0, message) };
}

const put = (state, message) =>
  find(state, message.id) ? replace(state, message) : append(state, message);

function withoutSent(state, clientMessageId) {
  if (!clientMessageId) return state;
  const outbox = state.outbox.filter((item) => item.client_message_id !== clientMessageId);
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}

/** The two versions of one message: the finished one is the truth, of two unfinished ones the longer. */
function merge(known, loaded) {
  const message = withHeld(loaded);
  if (!known || !isReply(message)) return message;
  if (!isRunning(message)) return { ...message, stages: known.stages };
  return isRunning(known) && known.held <= message.held ? { ...known, ...message } : known;
}

function loaded(state, messages) {
  const ids = new Set(messages.map((message) => message.id));
  const sent = new Set(messages.map((message) => message.client_message_id));
  return {
    ...state,
    loaded: true,
    messages: [
      ...messages.map((message) => merge(find(state, message.id), message)),
      ...state.messages.filter((message) => !ids.has(message.id)),
    ],
    outbox: state.outbox.filter((item) => !sent.has(item.client_message_id)),
  };
}

const ended = (message, known) =>
  isReply(message) ? { ...withHeld(message), stages: known?.stages } : withHeld(message);

/** Changes a reply that still runs; one that we don't know yet begins here. */
function changeReply(state, id, change) {
  const reply = find(state, id);
  if (reply && !isRunning(reply)) return state;
  return put(state, { ...(reply ?? placeholder(id)), ...change(reply ?? placeholder(id)) });
}

/** `state`, alarmed where `flag` brings help that `known`, a reply, hasn't brought yet. */
function alarmed(state, flag, known) {
  const isNew = callsForHelp(flag) && !callsForHelp(known?.metadata.flag);
  return isNew ? { ...state, alarm: flag } : state;
}

const FRAMES = {
  [SERVER.ACK](state, frame) {
    const next = put(withoutSent(state, frame.client_message_id), withHeld(frame.message));
    /* Where a person answers, no reply is on its way. */
    if (!frame.replyId || find(next, frame.replyId)) return next;
    return append(next, placeholder(frame.replyId, frame.message.id));
  },

  [SERVER.STAGE](state, { messageId, stage, position = null }) {
    return changeReply(state, messageId, ({ stages = [] }) => ({
      status: stage === STAGE.QUEUED ? "queued" : "streaming",
      stages: [...stages.filter((known) => known !== stage), stage],
      position,
    }));
  },

  [SERVER.SOURCES](state, { messageId, sources }) {
    return changeReply(state, messageId, ({ metadata }) => ({
      metadata: { ...metadata, sources },
    }));
  },

  [SERVER.FLAG](state, { type, messageId, ...flag }) {
    const known = find(state, messageId);
    if (known && !isRunning(known)) return state;
    const next = changeReply(state, messageId, ({ metadata }) => ({
      metadata: { ...metadata, flag },
    }));
    return alarmed(next, flag, known);
  },

  [SERVER.CHUNK](state, { messageId, data, offset }) {
    const reply = find(state, messageId);
    if (reply && !isRunning(reply)) return state;
    const held = reply?.held ?? 0;
    if (offset > held) return state.gap ? state : { ...state, gap: true };
    const fresh = dropCodePoints(data, held - offset);
    if (!fresh) return state;
    return changeReply(state, messageId, ({ content }) => ({
      content: content + fresh,
      held: held + countCodePoints(fresh),
      status: "streaming",
    }));
  },

  [SERVER.DONE](state, { message }) {
    const known = find(state, message.id);
    const next = put(withoutSent(state, message.client_message_id), ended(message, known));
    if (message.sender === "staff") return { ...next, typing: 0 };
    return isReply(message) ? alarmed(next, message.metadata.flag, known) : next;
  },

  [SERVER.ERROR](state, frame) {
    if (frame.error === "unsafe") return { ...state, blocked: frame.messageId };
    const next = alarmed(state, frame.flag);
    if (!frame.client_message_id) return next;
    return failed(next, { ...frame, reason: reasonOf(frame) });
  },

  [SERVER.PRESENCE](state, { state: does, name }) {
    if (does === "typing") return { ...state, typing: state.typing + 1 };
    const last = state.notes.at(-1);
    if (last?.state === does && last.name === name) return { ...state, typing: 0 };
    const note = { state: does, name, after: state.messages.at(-1)?.id ?? null };
    return { ...state, typing: 0, notes: [...state.notes, note] };
  },

  [SERVER.RESUME_ACK](state) {
    return state.gap ? { ...state, gap: false } : state;
  },
};

export function applyFrame(state, frame) {
  return FRAMES[frame.type]?.(state, frame) ?? state;
}

/** Where consent is missing the page asks for it, and that writing is paused stands in the composer's place. */
const EXPLAINED_ELSEWHERE = new Set(["consent_required", "account_paused"]);
export const isExplainedElsewhere = (code) => EXPLAINED_ELSEWHERE.has(code);

function reasonOf({ error, message, retry_after: seconds }) {
  return isExplainedElsewhere(error) ? null : withWait(message, seconds);
}

const changeSent = (state, clientMessageId, change) => ({
  ...state,
  outbox: state.outbox.map((item) =>
    item.client_message_id === clientMessageId ? { ...item, ...change } : item,
  ),
});

/** flag: whom to call, where the refused message told of a danger. */
const failed = (state, { client_message_id, reason = null, flag = null }) =>
  changeSent(state, client_message_id, { state: "failed", reason, flag });

const ACTIONS = {
  loaded: (state, { messages }) => loaded(state, messages),
  frames: (state, { frames }) => frames.reduce(applyFrame, state),
  sent: (state, { type, attachments = [], ...message }) => ({
    ...state,
    blocked: null,
    outbox: [...state.outbox, { ...message, attachments, state: "sending", reason: null }],
  }),
  sentAgain: (state, { client_message_id, at }) =>
    changeSent(state, client_message_id, { state: "sending", reason: null, at }),
  failed,
  discarded: (state, { client_message_id }) => withoutSent(state, client_message_id),
  alarmShown: (state) => ({ ...state, alarm: null }),
  blockedSeen: (state) => ({ ...state, blocked: null }),
  rated: (state, { messageId, feedback }) => {
    const reply = find(state, messageId);
    return reply ? replace(state, { ...reply, feedback }) : state;
  },
  stopping: (state, { messageId }) => changeReply(state, messageId, () => ({ stopping: true })),
};

export function streamReducer(state, action) {
  return ACTIONS[action.type](state, action);
}
