import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { openRecording } from "../services/recording";
import { spokenText } from "../utils/spokenText";
import { plugIn, unplug } from "./fakeMicrophone";
import { serve } from "./fakeServer";
import { giveVoice, REMOTE, takeVoice } from "./fakeSpeech";
import { renderApp } from "./renderApp";
import {
  chatRoutes,
  conversation,
  CONVERSATION,
  DISCLAIMER,
  flagOf,
  OTHER,
  PATIENT,
  question,
  reply,
} from "./samples";

const KNEE = [
  question("q1", "why does my knee hurt?"),
  reply("r1", "Knees can **hurt** [1]. Rest helps. [2]"),
  question("q2", "and my hip?"),
  reply("r2", "Hips, too."),
];
const VIOLENCE = [
  question("q3", "he hits me"),
  reply("r3", "You can call.", { metadata: { kind: "safety", flag: flagOf("safeguarding") } }),
];
const ROUTES = {
  ...chatRoutes(
    [conversation(CONVERSATION, "Knee pain"), KNEE],
    [conversation(OTHER, "A cough"), VIOLENCE],
  ),
  "POST /api/auth/logout": null,
};
const KNEES = ["Knees can hurt.", "Rest helps.", DISCLAIMER];

let voice;
beforeEach(() => {
  voice = giveVoice();
});
afterEach(takeVoice);

async function open() {
  serve(ROUTES);
  renderApp(`/chat/${CONVERSATION}`, { user: PATIENT });
  await screen.findByText("Hips, too.");
}

const article = (at) => within(screen.getAllByRole("article", { name: "Answer from Veda" })[at]);
const button = (at = 0) => article(at).queryByRole("button", { name: "Read aloud this answer" });
const stopButton = (at = 0) => article(at).queryByRole("button", { name: "Stop reading" });

async function read(at = 0) {
  await userEvent.click(button(at));
  expect(stopButton(at)).toHaveFocus();
}

test("an answer is read by sentences, with its disclaimer and without its marks", async () => {
  await open();
  await read();
  expect(voice.texts).toEqual(KNEES);
  expect(voice.queue[0].voice.name).toBe("Of this device");
  voice.finish();
  voice.finish();
  expect(stopButton()).toBeInTheDocument();
  voice.finish();
  expect(button()).toBeInTheDocument();
});

test("a second press stops it", async () => {
  await open();
  await read();
  await userEvent.click(stopButton());
  expect(voice.texts).toEqual([]);
  expect(button()).toBeInTheDocument();
});

test("a voice that fails stops it", async () => {
  await open();
  await read();
  act(() => voice.queue[0].onerror({ error: "synthesis-failed" }));
  await waitFor(() => expect(button()).toBeInTheDocument());
  expect(voice.texts).toEqual([]);
});

test("one answer is read at a time", async () => {
  await open();
  await read(0);
  await read(1);
  expect(button(0)).toBeInTheDocument();
  expect(voice.texts).toEqual(["Hips, too.", DISCLAIMER]);
});

test.each([
  ["another conversation", () => userEvent.click(screen.getByRole("link", { name: "A cough" }))],
  ["a new question", () => userEvent.type(screen.getByLabelText("Your message"), "why?{Enter}")],
  ["signing out", () => userEvent.click(screen.getByRole("button", { name: "Sign out" }))],
  ["leaving the page", () => act(() => window.dispatchEvent(new Event("pagehide")))],
])("%s stops it", async (_, leave) => {
  await open();
  await read();
  await leave();
  await waitFor(() => expect(voice.texts).toEqual([]));
});

test("a microphone that opens hears no voice", async () => {
  plugIn();
  await open();
  await read();
  const throwAway = new AbortController();
  await act(() => openRecording({ seconds: 1, tick: 100, signal: throwAway.signal }));
  expect(voice.texts).toEqual([]);
  throwAway.abort();
  unplug();
});

test("without a voice of the device’s own there is no button, until the browser has found one", async () => {
  const here = voice.voices;
  const abroad = { ...here[0], lang: "de-DE" };
  voice.voices = [REMOTE, abroad];
  await open();
  expect(button()).not.toBeInTheDocument();
  voice.learn([REMOTE, abroad, { ...here[0], lang: "en_US_#any", default: false }]);
  await read();
  expect(voice.queue[0].voice.lang).toBe("en_US_#any");
});

test("nor in a browser that has no voices at all", async () => {
  takeVoice();
  await open();
  expect(button()).not.toBeInTheDocument();
});

test("what nobody near should hear isn’t offered to be read", async () => {
  await open();
  await userEvent.click(screen.getByRole("link", { name: "A cough" }));
  expect(await screen.findByText("You can call.")).toBeInTheDocument();
  expect(button()).not.toBeInTheDocument();
});

const spoken = (content, metadata = {}) =>
  spokenText({ content, metadata, disclaimer: "" }, "en-GB");

test.each([
  [
    "a heading and a list",
    "## At home\n\n* Rest\n* [Drink](https://a.org) &amp; eat",
    ["At home", "Rest", "Drink & eat"],
  ],
  ["steps", "2. Call [1] [2].\n3. Wait.\n   * Sit", ["2: Call.", "3: Wait.", "Sit"]],
  ["a table", "| What | Why |\n|---|---|\n| Ice [1] | Cold |", ["What, Why", "Ice, Cold"]],
  ["a line break, code and a quote", "One  \ntwo `x`\n\n---\n\n> *Three*", ["One two x", "Three"]],
])("%s is read as one would say it", (_, content, sentences) => {
  expect(spoken(content)).toEqual(sentences);
});

test("a sentence that no breath lasts for is cut, and no word is lost", () => {
  const long = `${"rest and drink, ".repeat(40)}then sleep`;
  const parts = spoken(long);
  expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(210);
  expect(parts.join(" ")).toBe(long);
  expect(spoken("x".repeat(500)).join("")).toHaveLength(500);
});

test("how much of it the sources don’t have is read, too", () => {
  expect(spoken("Rest.", { unsupported: [{ start: 0, end: 5, missing: ["words"] }] })).toEqual([
    "Rest.",
    "One sentence wasn’t found in the sources.",
  ]);
});
