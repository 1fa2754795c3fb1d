import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { execFileSync } from "node:child_process";

import english from "./english";
import { useUiStore } from "../stores/uiStore";
import { answer, cutOff, refuse, serve } from "./fakeServer";
import { accept } from "./fakeWebSocket";
import { speakPseudo, strangersIn } from "./pseudoLocale";
import { renderApp } from "./renderApp";
import * as samples from "./samples";

const { AT, chatRoutes, CONFIG, conversation, CONVERSATION, flagOf } = samples;
const { page, PATIENT, question, reply, SOURCES } = samples;

const KNEE = conversation(CONVERSATION, "Knee pain");
const DEVICES = page([
  {
    id: "d1",
    browser: "Firefox on Windows",
    method: "google",
    second_factor: true,
    first_seen: AT,
    last_seen: AT,
    current: true,
  },
  {
    id: "d2",
    browser: "",
    method: "password",
    second_factor: false,
    first_seen: AT,
    last_seen: AT,
    current: false,
  },
]);
const CONSENTS = {
  version: "2026-11",
  recipients: [{ name: "Example Host", receives: "what you write" }],
  purposes: CONFIG.consents.map((consent) => ({
    ...consent,
    given: consent.required,
    given_at: AT,
    given_version: "2026-11",
  })),
  history: [],
};
const flag = flagOf("medical_emergency");
const PROFILE = {
  set_for: "conversation",
  about: "other",
  age_band: "12_to_17",
  pregnancy: "pregnant",
  medicines: ["folic acid"],
  allergies: ["latex"],
  updated_at: AT,
};
const MESSAGES = [
  question("q1", "why does my knee hurt?"),
  reply("r1", "Knees can hurt. [1]\n\n| Rest | Ice |\n| --- | --- |\n| yes | yes |", {
    metadata: {
      label: "Quoted from the sources",
      model: "llama",
      kind: "answer",
      sources: SOURCES,
      unsupported: [{ start: 0, end: 15, missing: ["number"] }],
      simplifies: { reading_grade: 12 },
      health_profile: PROFILE,
      reading_grade: 6,
    },
    feedback: { rating: 1, comment: "" },
  }),
  question("q2", "and my hip?", {
    type: "audio",
    attachments: [{ id: "a1", url: "/uploads/a1", type: "image" }],
  }),
  reply("r2", "It began.", {
    status: "incomplete",
    metadata: { reason: "timeout", withdrawn: true },
  }),
  question("q3", "my chest hurts"),
  reply("r3", "Please call now.", { metadata: { kind: "safety", flag } }),
  {
    ...question("s1", "I am here."),
    sender: "staff",
    metadata: { name: "Priya Shah" },
  },
];

const ROUTES = {
  ...chatRoutes([KNEE, MESSAGES]),
  "GET /api/config": { ...CONFIG, google: true, inputs: { speech: true, pictures: true } },
  "GET /api/auth/me": PATIENT,
  "GET /api/auth/devices": DEVICES,
  "GET /api/auth/consents": CONSENTS,
  "GET /api/account/health-profile": PROFILE,
  [`GET /api/conversations/${CONVERSATION}/health-profile`]: PROFILE,
  "GET /uploads/a1": () => refuse(404, "not_found"),
};
const FROM_SERVER = [
  samples,
  ROUTES,
  DEVICES,
  CONSENTS,
  MESSAGES,
  PROFILE,
  "Rest",
  "Ice",
  "yes",
  "Margaret",
  "PS",
  "Ctrl",
  "Shift",
  "Esc",
  "Enter",
];

/** `when`: what is there once the page has come so far. */
async function open(path, { user = PATIENT, routes = {}, when }) {
  serve({ ...ROUTES, ...routes });
  const { container } = renderApp(path, { user, announces: true });
  await waitFor(() => expect(container.querySelector(when)).toBeInTheDocument());
  return container;
}

function expectNoStrangers() {
  screen.getByTestId("address").textContent = "";
  expect(strangersIn(document.body, FROM_SERVER)).toEqual([]);
}

beforeEach(speakPseudo);

test.each([
  ["signing in", "/login?error=google_failed", { user: null, when: "a[href*=google]" }],
  ["registering", "/register", { user: null, when: "[type=checkbox]" }],
  [
    "closed registration",
    "/register",
    {
      user: null,
      when: ".sheet h2",
      routes: { "GET /api/config": { ...CONFIG, registration: "closed" } },
    },
  ],
  ["a forgotten password", "/forgot-password", { user: null, when: "form" }],
  ["a new password", "/reset-password#token", { user: null, when: "form" }],
  ["a link that is over", "/reset-password", { user: null, when: "a.btn" }],
  ["confirming an address", "/confirm-email#token", { user: null, when: "form" }],
  ["what Veda is", "/about", { user: null, when: "section" }],
  ["the terms", "/terms", { user: null, when: "section" }],
  ["how Veda uses what one writes", "/privacy", { user: null, when: "section" }],
  ["agreeing", "/chat", { user: { ...PATIENT, consent_current: false }, when: "[type=checkbox]" }],
  ["the account", "/account", { when: "section li strong" }],
  [
    "the account of somebody from Google",
    "/account",
    {
      user: { ...PATIENT, has_password: false, email_confirmed: false },
      when: "section li strong",
    },
  ],
  ["the first visit", "/chat", { when: "ul button" }],
  ["a conversation", `/chat/${CONVERSATION}`, { when: ".prose" }],
  [
    "a conversation of somebody who waits for a person",
    `/chat/${CONVERSATION}`,
    {
      when: ".quiet",
      routes: {
        [`GET /api/conversations/${CONVERSATION}`]: { ...KNEE, help: { message: "Soon." } },
      },
    },
  ],
  [
    "a conversation with a person",
    `/chat/${CONVERSATION}`,
    {
      when: ".presence-here",
      routes: {
        [`GET /api/conversations/${CONVERSATION}`]: { ...KNEE, staff: { name: "Priya Shah" } },
      },
    },
  ],
  ["a paused account", "/chat", { user: { ...PATIENT, paused_at: AT }, when: ".quiet-tall" }],
  [
    "a conversation that is gone",
    `/chat/${CONVERSATION}`,
    {
      when: "main h2",
      routes: {
        [`GET /api/conversations/${CONVERSATION}`]: () => refuse(404, "not_found"),
        [`GET /api/conversations/${CONVERSATION}/messages`]: () => refuse(404, "not_found"),
      },
    },
  ],
  [
    "a server that fails",
    `/chat/${CONVERSATION}`,
    {
      when: "main h2",
      routes: {
        "GET /api/conversations": () => answer(500, {}),
        [`GET /api/conversations/${CONVERSATION}/messages`]: cutOff,
      },
    },
  ],
])("%s has no words of its own", async (_, path, state) => {
  await open(path, state);
  expect(document.documentElement).toHaveAttribute("dir", "rtl");
  expectNoStrangers();
});

test.each(["rename", "delete", "person", "profile", "shortcuts"])(
  "nor has the dialog to %s",
  async (dialog) => {
    await open(`/chat/${CONVERSATION}`, { when: ".prose" });
    act(() => useUiStore.getState().setDialog(dialog));
    expect(await screen.findByRole("dialog")).toBeInTheDocument();
    expectNoStrangers();
  },
);

test("nor have the notice of a danger, a running reply and a message that wasn't sent", async () => {
  await open(`/chat/${CONVERSATION}`, { when: ".prose" });
  const socket = await accept();
  act(() =>
    socket.deliver(
      { type: "stage", messageId: "r9", stage: "queued", position: 2 },
      { type: "stage", messageId: "r9", stage: "retrieving" },
      { type: "stage", messageId: "r9", stage: "answering" },
      { type: "flag", messageId: "r9", ...flag },
      { type: "presence", who: "staff", state: "joined", name: "Priya Shah" },
    ),
  );
  expect(await screen.findByRole("alertdialog")).toBeInTheDocument();
  expectNoStrangers();
});

test("nor have forms that are filled in wrongly", async () => {
  const container = await open("/register", { user: null, when: "[type=checkbox]" });
  fireEvent.submit(container.querySelector("form"));
  expect(container.querySelectorAll("[aria-invalid=true]").length).toBeGreaterThan(4);
  expectNoStrangers();
});

test("every message is used, and every one that is used is there", () => {
  const files = execFileSync("find", ["src", "-name", "*.js*", "-not", "-path", "*/tests/*"]);
  const { readFileSync } = jest.requireActual("node:fs");
  const source = files
    .toString()
    .trim()
    .split("\n")
    .filter((file) => !file.endsWith(".json"))
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const used = new Set(source.match(/(?<=")[a-z]\w*\.[a-z]\w*(?=")/g));
  expect(Object.keys(english).filter((id) => !used.has(id))).toEqual([]);
  const asked = source.match(/(?<=\b(?:t\(|RichText\s+id=)\s*")[\w.]+/g);
  expect(asked.filter((id) => !(id in english))).toEqual([]);
});
