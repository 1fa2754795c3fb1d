import { conversationMarkdown, fileNameOf } from "../utils/conversationMarkdown";
import {
  answerText,
  decodeEntities,
  makeSplitter,
  safeAddress,
  tieCitations,
} from "../utils/answerMarkdown";
import { countCodePoints, dropCodePoints } from "../utils/codePoints";
import { formatMoment, formatWait, groupByDay } from "../utils/formatDate";
import { makeUuid } from "../utils/uuid";
import { reply, SOURCES } from "./samples";

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test("code points are counted and dropped as the server does", () => {
  for (const text of ["", "abc", "🙂", "a🙂b", "👩‍⚕️", "中é𝒳"]) {
    const points = [...text];
    expect(countCodePoints(text)).toBe(points.length);
    for (let n = 0; n <= points.length + 1; n += 1) {
      expect(dropCodePoints(text, n)).toBe(points.slice(n).join(""));
    }
  }
});

test("ids are UUIDs, with and without a secure context", () => {
  expect(makeUuid()).toMatch(UUID);
  const real = globalThis.crypto;
  const getRandomValues = real.getRandomValues.bind(real);
  jest.spyOn(globalThis, "crypto", "get").mockReturnValue({ getRandomValues });
  expect(makeUuid()).toMatch(UUID);
});

test.each([
  [1, "1 second"],
  [90, "90 seconds"],
  [91, "2 minutes"],
  [5400, "90 minutes"],
  [5401, "2 hours"],
])("%d seconds are %s to wait", (seconds, words) => expect(formatWait(seconds)).toBe(words));

test("conversations are grouped by day", () => {
  const now = new Date(2026, 10, 22, 9);
  const dates = [
    new Date(2026, 10, 22, 1),
    new Date(2026, 10, 21, 23),
    new Date(2026, 10, 16),
    new Date(2026, 10, 15),
    new Date(2026, 10, 3),
    new Date(2026, 2, 3),
    new Date(2025, 2, 3),
  ];
  const groups = groupByDay(dates, (date) => date, now);
  expect(groups.map(({ label, items }) => [label, items.length])).toEqual([
    ["Today", 1],
    ["Yesterday", 1],
    ["Last week", 2],
    ["November", 1],
    ["March", 1],
    ["March 2025", 1],
  ]);
});

test("a moment has its date on other days only", () => {
  const now = new Date(2026, 10, 22, 20);
  expect(formatMoment(new Date(2026, 10, 22, 14, 5), now)).toBe("14:05");
  expect(formatMoment(new Date(2026, 10, 21, 14, 5), now)).toBe("21 November 2026, 14:05");
});

test("only http and https lead out of the page", () => {
  expect(safeAddress("https://example.org/a")).toBe("https://example.org/a");
  for (const bad of [
    "javascript:alert(1)",
    "data:text/html,x",
    "/admin",
    "//x",
    "vbscript:x",
    "",
  ]) {
    expect(safeAddress(bad)).toBeNull();
  }
});

test("entities are read as characters", () => {
  expect(decodeEntities("a &amp; b &lt;c&gt; &#39;d&#39; &unknown;")).toBe(
    "a & b <c> 'd' &unknown;",
  );
});

test("a growing text gives the same blocks as the whole, and leaves finished ones untouched", () => {
  const text =
    "\n\nLead. [1]\r\n\n### Why\n\n- one\n- two\n\n  more\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd.";
  const split = makeSplitter();
  let first;
  for (let end = 1; end <= text.length; end += 1) {
    const blocks = split(text.slice(0, end));
    if (blocks.length > 1) {
      first ??= blocks[0];
      expect(blocks[0]).toBe(first);
    }
  }
  const types = (blocks) => blocks.map(({ token }) => token.type);
  expect(types(split(text))).toEqual(["paragraph", "heading", "list", "table", "paragraph"]);
  expect(split("Another text")).toHaveLength(1);
});

test("a copied answer has its sources and disclaimer", () => {
  const copied = answerText(reply("r", "Rest. [1]", { metadata: { sources: SOURCES } }));
  expect(copied).toBe(
    "Rest. [1]\n\n[1] Migraine: https://example.org/migraine\n\nVeda gives general information.",
  );
});

test.each([
  ["Rest well. [1] [2] More", ["Rest ", "+well. [1] [2]", " More"]],
  ["**Rest well** [1].", ["Rest ", "+well [1]", "."]],
  ["As in [1]: rest", ["As ", "+in [1]", ": rest"]],
  ["[1]: rest", ["+[1]", ": rest"]],
  ["[1] starts", ["+[1]", " starts"]],
  [`${"x".repeat(60)} [1]`, ["x".repeat(60) + " ", "+[1]"]],
])("a citation keeps to the word before it: %s", (text, expected) => {
  const [{ token }] = makeSplitter()(text);
  const rawOf = ({ raw, tokens }) => (tokens ? tokens.map(rawOf).join("") : raw);
  const drawn = tieCitations(token.tokens).map(
    (part) => (part.type === "tied" ? "+" : "") + rawOf(part),
  );
  expect(drawn).toEqual(expected);
});

test("a conversation is saved with who said what and when, the sources, and the disclaimer", () => {
  const sources = [{ n: 1, title: "Knees", url: "https://example.org/knees" }];
  const text = conversationMarkdown("My knee", [
    { sender: "user", content: "why?", created_at: "2026-11-22T12:00:00Z" },
    { sender: "assistant", content: "Rest. [1]", metadata: { sources }, disclaimer: "No doctor." },
    { sender: "staff", content: "I am here.", metadata: { name: "Priya" } },
  ]);
  expect(text).toContain("# My knee\n\n## You, 22 November 2026");
  expect(text).toContain("why?\n\n## Veda\n\nRest. [1]\n\n[1] Knees: https://example.org/knees");
  expect(text).toContain("No doctor.\n\n## Priya, a person from staff\n\nI am here.");
});

test.each([
  ["Knee pain", "Knee-pain.md"],
  ["Что делать?", "Что-делать.md"],
  ["../../etc", "etc.md"],
  ["???", "veda.md"],
])("the file of %s is named %s", (title, name) => {
  expect(fileNameOf(title)).toBe(name);
});
