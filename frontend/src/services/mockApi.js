/* The page without a back end, for work on how it looks (VITE_USE_MOCK_API=true, in development only): what the server
   would say, from memory, and a socket that streams an answer. A reload forgets all but that somebody is signed in. */
import { AxiosError } from "axios";

import { makeUuid } from "../utils/uuid";
import { api } from "./api";
import { CLIENT, SERVER, STAGE } from "./contracts";

const WORD_EVERY = 40;
const now = () => new Date().toISOString();

const PATIENT = {
  id: "mock",
  email: "margaret@example.org",
  email_confirmed: true,
  name: "Margaret Ellis",
  country: "GB",
  year_of_birth: 1961,
  has_password: true,
  second_factor: false,
  paused_at: null,
  consent_version: "mock",
  consent_current: true,
};

const CONFIG = {
  terms_version: "mock",
  recipients: [],
  operator: { name: "", contact: "", terms_url: "", privacy_url: "" },
  consents: [
    { purpose: "terms", label: "terms of use", required: true },
    { purpose: "health_data", label: "use of my health data to answer me", required: true },
  ],
  registration: "open",
  minimum_age: 16,
  conversation_retention_days: 0,
  google: false,
  mail: false,
  answerer: { provider: "mock", language_model: false, label: "Mock answer" },
  limits: { message_chars: 4000, upload_bytes: 8 * 1024 ** 2, audio_seconds: 120, attachments: 4 },
  inputs: { speech: false, pictures: false },
  suggestions: ["What helps against a migraine?", "How long does a cough last?"],
  countries: [{ code: "GB", name: "United Kingdom" }],
};

const SOURCES = [
  {
    n: 1,
    title: "An invented source",
    heading: "",
    url: "https://example.org/",
    source: "Nobody",
    excerpt: "This excerpt was made up to show where a source stands.",
    score: 1,
    clinically_reviewed: false,
  },
];
const ANSWER =
  "This answer is **made up**: no server is connected. [1]\n\n* It streams word by word.\n* It has a list, and a table.\n\n" +
  "| What | Where |\n| --- | --- |\n| A number | leads to its source |\n\nTry *Stop*, *Edit* and *Answer again*, too.";
const DISCLAIMER = "Mock mode: nothing here is information about health.";

/** {id: {conversation, messages}} */
const kept = new Map();

export function createConversation({ title = "", temporary = false, health_profile } = {}) {
  const conversation = {
    id: makeUuid(),
    title,
    temporary,
    messages_count: 0,
    created_at: now(),
    updated_at: now(),
    help: null,
    staff: null,
  };
  kept.set(conversation.id, { conversation, messages: [] });
  if (health_profile) keepProfile(conversation.id, health_profile);
  return conversation;
}

const message = (more) => ({
  id: makeUuid(),
  type: "text",
  status: "done",
  metadata: {},
  client_message_id: null,
  reply_to: null,
  attachments: [],
  disclaimer: null,
  feedback: null,
  created_at: now(),
  ...more,
});

/** The message as it is kept, and the reply that is to be written; the same send gives the same again. */
function createMessage(id, { content, client_message_id, repeats }) {
  const { conversation, messages } = kept.get(id);
  const before = messages.find((known) => known.client_message_id === client_message_id);
  if (before) return [before, messages.find((known) => known.reply_to === before.id)];
  const question = message({ sender: "user", status: "sent", content, client_message_id });
  const repeated = messages.find((known) => known.id === repeats);
  if (repeated) question.metadata = { repeats: repeated.metadata.repeats ?? { id: repeats } };
  const reply = message({
    sender: "assistant",
    status: "streaming",
    content: "",
    reply_to: question.id,
    metadata: question.metadata,
    disclaimer: DISCLAIMER,
  });
  messages.push(question, reply);
  conversation.title ||= content.slice(0, 60);
  conversation.updated_at = now();
  return [question, reply];
}

function finish(reply, content, more) {
  const told = { label: CONFIG.answerer.label, kind: "answer", sources: SOURCES };
  const metadata = { ...reply.metadata, ...told };
  return Object.assign(reply, { content, status: "done", metadata, ...more });
}

const PROFILES = /^\/api\/(?:account|conversations\/([^/]+))\/health-profile$/;
export const NO_PROFILE = {
  set_for: null,
  about: "me",
  age_band: "",
  pregnancy: "",
  medicines: [],
  allergies: [],
  updated_at: null,
};
/** {id of the conversation, undefined for the account: profile} */
const profiles = new Map();
const profileIn = (id) => profiles.get(id) ?? profiles.get(undefined);

function keepProfile(id, said) {
  const profile = { ...said, set_for: id ? "conversation" : "account", updated_at: now() };
  profiles.set(id, profile);
  return profile;
}

const page = (results) => ({ results, next: null, previous: null });
const listed = (words) =>
  [...kept.values()]
    .map(({ conversation }) => conversation)
    .filter(({ title, temporary }) => !temporary && title.toLowerCase().includes(words))
    .reverse();

/** [method, pattern of the address, answer(ids in the address, body, query)] */
const ROUTES = [
  ["post", /^\/api\/auth\/(?:login|refresh)$/, () => ({ access: "mock" })],
  ["post", /^\/api\/auth\/ws-ticket$/, () => ({ ticket: "mock" })],
  ["get", /^\/api\/auth\/me$/, () => PATIENT],
  ["patch", /^\/api\/auth\/me$/, (_, body) => Object.assign(PATIENT, body)],
  ["get", /^\/api\/auth\/devices$/, () => page([])],
  [
    "get",
    /^\/api\/auth\/consents$/,
    () => ({ version: "mock", recipients: [], purposes: [], history: [] }),
  ],
  ["get", /^\/api\/config$/, () => CONFIG],
  ["get", /^\/api\/conversations$/, (_, __, query) => page(listed(query.get("q") ?? ""))],
  ["post", /^\/api\/conversations$/, (_, body) => createConversation(body)],
  ["get", /^\/api\/conversations\/([^/]+)$/, ([id]) => kept.get(id)?.conversation],
  [
    "patch",
    /^\/api\/conversations\/([^/]+)$/,
    ([id], body) => Object.assign(kept.get(id).conversation, body),
  ],
  ["delete", /^\/api\/conversations\/([^/]+)$/, ([id]) => kept.delete(id)],
  [
    "get",
    /^\/api\/conversations\/([^/]+)\/messages$/,
    ([id]) => kept.has(id) && page(kept.get(id).messages),
  ],
  [
    "post",
    /^\/api\/conversations\/([^/]+)\/messages$/,
    ([id], body) => {
      const [question, reply] = createMessage(id, body);
      finish(reply, ANSWER);
      return { ...question, replyId: reply.id };
    },
  ],
  ["get", PROFILES, ([id]) => profileIn(id) ?? NO_PROFILE],
  ["put", PROFILES, ([id], body) => keepProfile(id, body)],
  ["delete", PROFILES, ([id]) => profiles.delete(id) || true],
  ["put", /\/feedback$/, (_, body) => ({ ...body, flag: null })],
  ["delete", /\/feedback$/, () => true],
];

async function answer(config) {
  const { pathname, searchParams } = new URL(config.url, "http://mock");
  const body = typeof config.data === "string" ? JSON.parse(config.data) : config.data;
  for (const [method, pattern, route] of ROUTES) {
    const found = config.method === method && pattern.exec(pathname);
    const data = found && route(found.slice(1), body, searchParams);
    if (data) return { status: 200, data, headers: {}, config, request: {} };
  }
  const error = { code: "not_found", message: "Mock mode doesn’t have this." };
  const response = { status: 404, data: { error }, headers: {}, config, request: {} };
  throw new AxiosError("refused", null, config, {}, response);
}

/** A socket whose server is this page. */
class MockWebSocket {
  static OPEN = 1;
  readyState = 0;
  #conversation;
  #writing = null;

  constructor(address) {
    this.#conversation = new URL(address).pathname.split("/").at(-1);
    setTimeout(() => {
      this.readyState = MockWebSocket.OPEN;
      this.onopen?.();
    });
  }

  send(text) {
    const frame = JSON.parse(text);
    setTimeout(() => this.#take(frame));
  }

  close() {
    this.readyState = 3;
    clearInterval(this.#writing);
  }

  #tell(...frames) {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  #take(frame) {
    if (frame.type === CLIENT.PING) this.#tell({ type: SERVER.PONG });
    if (frame.type === CLIENT.RESUME) {
      const { lastMessageId: messageId, offset } = frame;
      this.#tell({ type: SERVER.RESUME_ACK, messageId, offset, status: "done" });
    }
    if (frame.type === CLIENT.MESSAGE) this.#reply(frame);
    if (frame.type === CLIENT.STOP) this.#stop(frame);
  }

  #reply(frame) {
    const [question, reply] = createMessage(this.#conversation, frame);
    const { client_message_id } = frame;
    const messageId = reply.id;
    this.#tell(
      { type: SERVER.ACK, client_message_id, message: question, replyId: messageId },
      { type: SERVER.STAGE, messageId, stage: STAGE.RETRIEVING },
      { type: SERVER.SOURCES, messageId, sources: SOURCES },
      { type: SERVER.STAGE, messageId, stage: STAGE.ANSWERING },
    );
    const words = ANSWER.match(/\S+\s*/g);
    this.#writing = setInterval(() => {
      const data = words.shift();
      this.#tell({ type: SERVER.CHUNK, messageId, data, offset: reply.content.length });
      reply.content += data;
      if (!words.length) this.#end(finish(reply, ANSWER));
    }, WORD_EVERY);
  }

  #stop({ messageId }) {
    const reply = kept.get(this.#conversation).messages.find(({ id }) => id === messageId);
    this.#end(
      finish(reply, reply.content, { status: "incomplete", metadata: { reason: "stopped" } }),
    );
  }

  #end(reply) {
    clearInterval(this.#writing);
    this.#tell({ type: SERVER.DONE, message: reply });
  }
}

export function startMock() {
  api.defaults.adapter = answer;
  window.WebSocket = MockWebSocket;
}
