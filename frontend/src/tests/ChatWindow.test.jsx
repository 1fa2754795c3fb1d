import { act, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { EMPTY_CONVERSATION, streamReducer } from "../app/streamReducer";
import { ChatWindow } from "../components/Chat/ChatWindow";
import { Announcer } from "../components/Common/Announcer";
import { useAuthStore } from "../stores/authStore";
import { useUiStore } from "../stores/uiStore";
import { CONVERSATION, DISCLAIMER, PATIENT, question, reply, SOURCES } from "./samples";

let state;
let view;
const handlers = {
  sendAgain: jest.fn(),
  discard: jest.fn(),
  ask: jest.fn(),
  askAgain: jest.fn(),
  simplify: jest.fn(),
};

const page = (more, props) => (
  <>
    <ChatWindow
      {...props}
      id={CONVERSATION}
      conversation={{ ...state, ...handlers, ...more }}
      welcome="Hello"
    />
    <Announcer />
  </>
);

function show(...frames) {
  act(() => {
    state = streamReducer(state, { type: "frames", frames });
    view.rerender(page());
  });
}

function showAnswer(content, more) {
  show(
    { type: "done", message: question("q1", "what helps?") },
    { type: "done", message: reply("r1", content, more) },
  );
}

const ack = {
  type: "ack",
  client_message_id: "c1",
  message: question("q1", "what helps?"),
  replyId: "r1",
};
const stage = (name, more) => ({ type: "stage", messageId: "r1", stage: name, ...more });
const sources = { type: "sources", messageId: "r1", sources: SOURCES };
const chunk = (data, offset) => ({ type: "chunk", messageId: "r1", data, offset });
const withSources = { metadata: { sources: SOURCES, label: "Quoted from the sources" } };
const done = (content, more) => ({
  type: "done",
  message: reply("r1", content, { ...withSources, ...more }),
});

const answerOf = () => screen.getByRole("article", { name: "Answer from Veda" });
const announced = () => screen.getByRole("status");

beforeEach(() => {
  useUiStore.getState().clear();
  Object.values(handlers).forEach((handler) => handler.mockReset());
  state = EMPTY_CONVERSATION;
  view = render(page());
});

test("an empty conversation shows the welcome", () => {
  expect(screen.getByText("Hello")).toBeInTheDocument();
});

test("a reply goes from its stages through partial text to the final answer", async () => {
  show(ack, stage("queued", { position: 2 }));
  expect(await screen.findByText("You are second in the queue")).toBeInTheDocument();
  expect(announced()).toHaveTextContent("Your question waits for its turn.");
  expect(answerOf()).toHaveAttribute("aria-busy", "true");

  show(stage("retrieving"));
  expect(screen.getByText("Looking for sources…")).toBeInTheDocument();
  expect(announced()).toHaveTextContent("Veda is answering.");

  show(sources, stage("answering"));
  expect(screen.getByText("Looked for sources: 1 found")).toBeInTheDocument();
  show(chunk("Rest in a **quiet", 0));
  expect(screen.queryByText("Looked for sources: 1 found")).not.toBeInTheDocument();
  expect(screen.getByText("Writing…")).toBeInTheDocument();
  expect(answerOf()).toHaveTextContent("Rest in a **quiet");
  expect(announced()).toHaveTextContent("Veda is answering.");
  expect(screen.queryByText(DISCLAIMER)).not.toBeInTheDocument();

  show(chunk(" room**. [1]", 17), done("Rest in a **quiet room**. [1]"));
  expect(answerOf()).toHaveTextContent("Rest in a quiet room.");
  expect(answerOf()).toHaveAttribute("aria-busy", "false");
  expect(screen.queryByText("Writing…")).not.toBeInTheDocument();
  expect(screen.getByText("Looked for sources: 1 found")).not.toBeVisible();
  await userEvent.click(screen.getByText("What Veda did for this answer"));
  expect(screen.getByText("Looked for sources: 1 found")).toBeVisible();
  expect(screen.getByText(DISCLAIMER)).toBeInTheDocument();
  expect(screen.getByText("Quoted from the sources")).toBeInTheDocument();
  expect(announced()).toHaveTextContent("Veda has answered, with 1 source.");
  expect(screen.getAllByRole("article", { name: "Answer from Veda" })).toHaveLength(1);
});

test("steps that found nothing say so, and nobody says that an answer was written", () => {
  const nothing = { metadata: { kind: "not_found", sources: [] } };
  show(ack, stage("retrieving"), { ...sources, sources: [] }, stage("answering"));
  expect(screen.getByText("Looked for sources: nothing found")).toBeInTheDocument();
  show(done("I found nothing.", nothing));
  expect(screen.getByText("Looked for sources: nothing found")).toBeInTheDocument();
  expect(screen.queryByText("Wrote the answer")).not.toBeInTheDocument();
});

test.each([
  ["qwen3:4b", "Wrote the answer"],
  [null, "Put the answer together"],
])("who says that an answer was written: model %s", (model, words) => {
  show(ack, stage("answering"));
  show(done("Rest. [1]", { metadata: { ...withSources.metadata, model } }));
  expect(screen.getByText(words)).toBeInTheDocument();
});

test("a picture is looked at, and a long conversation is read", () => {
  show(ack, stage("describing"));
  expect(screen.getByText("Looking at the picture…")).toBeInTheDocument();
  show(stage("summarizing"));
  expect(screen.getByText("Looked at the picture")).toBeInTheDocument();
  expect(screen.getByText("Reading the conversation…")).toBeInTheDocument();
});

describe("a long wait for the model", () => {
  const LINE = /^The model is still getting ready; this can take a minute or two/;
  const isShown = () => !within(answerOf()).getByText(LINE).classList.contains("invisible");
  const pass = (ms) => act(() => jest.advanceTimersByTime(ms));

  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test.each(["summarizing", "describing", "answering"])(
    "is explained after a while: %s",
    (name) => {
      show(ack, stage(name));
      pass(7_900);
      expect(isShown()).toBe(false);
      expect(announced()).toHaveTextContent("Veda is answering.");
      pass(200);
      expect(isShown()).toBe(true);
      expect(announced()).toHaveTextContent(LINE);
    },
  );

  test("is counted for each stage anew, and announced once", () => {
    show(ack, stage("describing"));
    pass(8_000);
    act(() => useUiStore.getState().announce("Copied."));
    show(stage("retrieving"));
    expect(isShown()).toBe(false);
    pass(60_000);
    expect(isShown()).toBe(false);
    show(stage("answering"));
    pass(7_900);
    expect(isShown()).toBe(false);
    pass(200);
    expect(isShown()).toBe(true);
    expect(announced()).toHaveTextContent("Copied.");
  });

  test("ends with the first text", () => {
    show(ack, stage("answering"));
    pass(8_000);
    expect(isShown()).toBe(true);
    show(chunk("Rest", 0));
    expect(within(answerOf()).queryByText(LINE)).not.toBeInTheDocument();
  });

  test("leaves no timer behind where text comes in time, or the page goes", () => {
    const before = jest.getTimerCount();
    show(ack, stage("answering"));
    expect(jest.getTimerCount()).toBe(before + 1);
    show(chunk("Rest", 0));
    expect(jest.getTimerCount()).toBe(before);

    show(done("Rest"), { ...ack, message: question("q2", "and?"), replyId: "r2" });
    show({ ...stage("answering"), messageId: "r2" });
    expect(jest.getTimerCount()).toBe(before + 1);
    view.unmount();
    expect(jest.getTimerCount()).toBe(before);
  });
});

test("a model that wrote is named, with how many sources it had", () => {
  const metadata = {
    ...withSources.metadata,
    label: "Written by a language model (gemma) from the sources. It can be mistaken.",
    model: "gemma",
  };
  showAnswer("Rest.", { metadata });
  expect(
    screen.getByText(
      "1 source Written by a language model (gemma) from the sources. It can be mistaken.",
    ),
  ).toBeInTheDocument();
});

test("why a reply broke off is said in the server's words", () => {
  showAnswer("Rest in", {
    status: "incomplete",
    metadata: { reason: "failed", error: "The model stopped in mid-answer." },
  });
  expect(
    screen.getByText("The model stopped in mid-answer. What was written is above."),
  ).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Ask again" })).toBeInTheDocument();
});

test("Show more shows the whole excerpt", async () => {
  const excerpt = `${"Rest in a quiet, dark room. ".repeat(40)}Drink water · sleep · wait.`;
  showAnswer("Rest [1].", { metadata: { sources: [{ ...SOURCES[0], excerpt }] } });
  const passage = screen.getByText(`“${excerpt}”`);
  expect(passage).toHaveClass("line-clamp-3");
  await userEvent.click(screen.getByRole("button", { name: "Show more" }));
  expect(passage).not.toHaveClass("line-clamp-3");
  expect(passage).toHaveTextContent(/Drink water · sleep · wait\.”$/);
});

test("a citation leads to its source, which says where it comes from", async () => {
  showAnswer("It **helps to rest** [1].", withSources);
  const citation = screen.getByRole("link", { name: "Source 1: Migraine" });
  const card = screen.getByRole("article", { name: "Source 1" });
  expect(citation.parentElement).toHaveTextContent("rest 1");
  expect(within(card).getByText("Migraine: What helps")).toBeInTheDocument();
  expect(within(card).getByText("Not clinically reviewed")).toBeInTheDocument();
  expect(within(card).getByText(/Rest in a quiet, dark room/)).toBeInTheDocument();
  expect(within(card).getByRole("link")).toHaveAttribute("href", SOURCES[0].url);

  await userEvent.hover(citation);
  expect(card).toHaveClass("is-active");
  await userEvent.unhover(citation);
  expect(card).not.toHaveClass("is-active");
  await userEvent.click(citation);
  expect(card).toHaveClass("is-active");
});

test("an answer has the page's own apostrophes, but what is quoted as code stays as it is", () => {
  showAnswer("Don't stop **your doctor's** tablets. 'Now' is `it's`.");
  expect(answerOf()).toHaveTextContent("Don’t stop your doctor’s tablets. 'Now' is it's.");
});

test("a citation before a colon is one too", () => {
  showAnswer("As in [1]: rest.\n\n[1]: Migraine", withSources);
  expect(screen.getAllByRole("link", { name: "Source 1: Migraine" })).toHaveLength(2);
  expect(answerOf()).toHaveTextContent("As in 1: rest.");
});

test("a number without a source stays text", () => {
  showAnswer("See [7].", withSources);
  expect(answerOf()).toHaveTextContent("See [7].");
});

describe("what the sources don’t have", () => {
  const TEXT = "🌙 Rest in the **dark** [1]. Green tea *always* helps [1]. Drink water.";
  const from = [...TEXT.slice(0, TEXT.indexOf("Green"))].length;
  const to = [...TEXT.slice(0, TEXT.indexOf(" Drink"))].length;
  const unsupported = [{ start: from, end: to, missing: ["words"] }];
  const marked = () => document.querySelectorAll(".unsupported");

  test("is underlined, sentence by sentence, and said when one asks, by keyboard too", async () => {
    showAnswer(TEXT, { metadata: { ...withSources.metadata, unsupported } });
    expect(marked()).toHaveLength(1);
    expect(marked()[0]).toHaveTextContent(/^Green tea always helps 1\.$/);
    expect(answerOf()).toHaveTextContent("One sentence wasn’t found in the sources.");
    const mark = screen.getByRole("button", { name: "Not found in source 1" });
    mark.focus();
    await userEvent.keyboard("{Enter}");
    expect(mark).toHaveAttribute("aria-expanded", "true");
    expect(document.getElementById(mark.getAttribute("aria-controls"))).toHaveTextContent(
      "The answer names source 1 here, but this wasn’t found in it, nor in any other source. Please check",
    );
    await userEvent.keyboard("{Enter}");
    expect(screen.queryByText(/The answer names source 1/)).toBeNull();
  });

  test("and names none of them isn’t said to name any", async () => {
    const start = [...TEXT.slice(0, TEXT.indexOf("Drink"))].length;
    const water = [{ start, end: [...TEXT].length, missing: ["words"] }];
    showAnswer(TEXT, { metadata: { ...withSources.metadata, unsupported: water } });
    await userEvent.click(screen.getByRole("button", { name: "Not found in the sources" }));
    expect(answerOf()).toHaveTextContent(
      "Not found in the sources. The sources below don’t say this. Please check",
    );
  });

  test("says what is wrong with a number or a “not”", async () => {
    const wrong = [{ ...unsupported[0], missing: ["negation", "number", "words"] }];
    showAnswer(TEXT, { metadata: { ...withSources.metadata, unsupported: wrong } });
    await userEvent.click(screen.getByRole("button", { name: "Not found in source 1" }));
    expect(answerOf()).toHaveTextContent(
      "nor in any other source. The sources don’t have this number here.",
    );
  });

  test("is only counted where a mark would cut what it stands in", () => {
    const content = "Take **one. Or two** tablets.";
    const cut = [{ start: 0, end: 11, missing: ["words"] }];
    showAnswer(content, { metadata: { ...withSources.metadata, unsupported: cut } });
    expect(marked()).toHaveLength(0);
    expect(screen.getByText("one. Or two").tagName).toBe("STRONG");
    expect(answerOf()).toHaveTextContent("One sentence wasn’t found in the sources.");
  });

  test("is nothing where all was found", () => {
    showAnswer(TEXT, { metadata: { ...withSources.metadata, unsupported: [] } });
    expect(marked()).toHaveLength(0);
    expect(answerOf()).not.toHaveTextContent("found in the sources");
  });
});

describe("an answer in plainer words", () => {
  const answer = { metadata: { ...withSources.metadata, kind: "answer", reading_grade: 9.4 } };
  const button = () => screen.queryByRole("button", { name: "Explain more simply" });

  test("is asked for with a press", async () => {
    showAnswer("Rest [1].", answer);
    await userEvent.click(button());
    expect(handlers.simplify).toHaveBeenCalledWith(expect.objectContaining({ id: "r1" }));
  });

  test("isn’t offered without a model, nor of what has no sources or is plain already", () => {
    showAnswer("Rest [1].", answer);
    view.rerender(page({ simplify: undefined }));
    expect(button()).toBeNull();
    showAnswer("Nothing found.", { metadata: { kind: "not_found" } });
    expect(button()).toBeNull();
    showAnswer("Rest [1].", { metadata: { ...answer.metadata, simplifies: { id: "r0" } } });
    expect(button()).toBeNull();
  });

  test("says how easy both are to read", () => {
    const simplifies = { id: "r0", reading_grade: 9.4 };
    showAnswer("Rest [1].", { metadata: { ...answer.metadata, reading_grade: 4.6, simplifies } });
    expect(answerOf()).toHaveTextContent("Reading level: US school grade 5, before: 9.");
  });
});

describe("what one could ask next", () => {
  const metadata = { ...withSources.metadata, suggestions: ["Signs of a migraine", "Medicines"] };
  const group = () => screen.queryByRole("group", { name: "More about this" });

  test("stands below the last answer, and is asked by a press", async () => {
    showAnswer("Rest.", { metadata });
    expect(within(group()).getAllByRole("button")).toHaveLength(2);
    await userEvent.click(screen.getByRole("button", { name: "Signs of a migraine" }));
    expect(handlers.ask).toHaveBeenCalledWith("Signs of a migraine");
    expect(screen.getByRole("main")).toHaveFocus();
    show({
      ...ack,
      client_message_id: "c2",
      message: question("q2", "and coffee?"),
      replyId: "r2",
    });
    expect(group()).toBeNull();
  });

  test("isn’t there where the server names none, nor while a person answers", () => {
    showAnswer("Rest.", withSources);
    expect(group()).toBeNull();
    showAnswer("Rest.", { metadata });
    expect(group()).not.toBeNull();
    view.rerender(
      <ChatWindow
        id={CONVERSATION}
        conversation={{ ...state, ...handlers }}
        staff={{ name: "Priya" }}
      />,
    );
    expect(group()).toBeNull();
  });
});

describe("the same asked once more", () => {
  const FLAG = { severity: "medium", category: "unscreened" };
  const repeats = { metadata: { ...withSources.metadata, repeats: { id: "r1" } } };
  const asked = (id) => ({ type: "done", message: question(id, "what helps?", repeats) });
  const answered = (id, content, more) => ({ type: "done", message: reply(id, content, more) });
  const step = (name) => userEvent.click(screen.getByRole("button", { name }));
  const articles = () => screen.getAllByRole("article", { name: "Answer from Veda" });

  test("has one place for its answers: the newest, and a way to the others", async () => {
    showAnswer("Rest.", withSources);
    expect(screen.queryByRole("button", { name: "Previous answer" })).toBeNull();
    show(asked("q2"), answered("r2", "Sleep.", repeats));
    expect(articles()).toHaveLength(1);
    expect(screen.getAllByText("what helps?")).toHaveLength(1);
    expect(answerOf()).toHaveTextContent("Sleep.");
    expect(screen.getByText("2 of 2")).toBeInTheDocument();

    await step("Previous answer");
    expect(answerOf()).toHaveTextContent("Rest.");
    expect(answerOf()).toHaveTextContent(DISCLAIMER);
    expect(screen.getByRole("link", { name: /Read the page/ })).toBeInTheDocument();
    expect(announced()).toHaveTextContent("Answer 1 of 2");
    expect(screen.getByRole("button", { name: "Previous answer" })).toHaveFocus();
    await step("Previous answer"); // there is none before
    expect(answerOf()).toHaveTextContent("Rest.");
    await step("Next answer");
    expect(answerOf()).toHaveTextContent("Sleep.");
    expect(screen.getByRole("button", { name: "Next answer" })).toHaveFocus();
  });

  test("shows what is being written, wherever the patient had gone back to", async () => {
    showAnswer("Rest.", withSources);
    show(asked("q2"), answered("r2", "Sleep.", repeats));
    await step("Previous answer");
    show(
      { type: "ack", client_message_id: "c3", message: asked("q3").message, replyId: "r3" },
      { type: "chunk", messageId: "r3", data: "Drink", offset: 0 },
    );
    expect(articles()).toHaveLength(1);
    expect(answerOf()).toHaveTextContent("Drink");
    show(answered("r3", "Drink water.", repeats));
    expect(screen.getByText("3 of 3")).toBeInTheDocument();
  });

  test.each([
    ["told of a danger", { metadata: { ...withSources.metadata, flag: FLAG } }],
    ["was taken back", { metadata: { ...withSources.metadata, withdrawn: true } }],
    ["is a fixed one", { metadata: { kind: "safety" } }],
  ])("hides no answer that %s, nor stands one in another’s place", (_, more) => {
    showAnswer("Call now.", more);
    show(asked("q2"), answered("r2", "Sleep.", repeats));
    expect(articles()).toHaveLength(2);
    show(
      asked("q3"),
      answered("r3", "Call.", {
        metadata: { ...more.metadata, ...repeats.metadata, ...more.metadata },
      }),
    );
    expect(articles()).toHaveLength(3);
  });

  test("keeps apart what stands apart", () => {
    showAnswer("Rest.", withSources);
    show(
      { type: "done", message: question("q2", "and coffee?") },
      answered("r2", "Little."),
      asked("q3"),
      answered("r3", "Sleep.", repeats),
    );
    expect(articles()).toHaveLength(3);
  });
});

test("nothing hostile in an answer is run or loaded", () => {
  showAnswer(
    [
      '<img src=x onerror="alert(1)">',
      "<script>alert(1)</script>",
      "![spy](https://evil.example/x.png)",
      "[bad](javascript:alert(1)) [data](data:text/html,x) [good](https://example.org/a)",
      "<https://example.org/b>",
    ].join("\n\n"),
  );
  const text = answerOf().querySelector(".prose");
  expect(text.querySelector("img, script")).toBeNull();
  const links = within(text).getAllByRole("link");
  expect(links.map((link) => link.getAttribute("href"))).toEqual([
    "https://example.org/a",
    "https://example.org/b",
  ]);
  for (const link of links)
    expect(link).toHaveAttribute("rel", expect.stringContaining("noopener"));
  expect(text).toHaveTextContent("<script>alert(1)</script>");
});

test("tables, lists and headings are drawn", () => {
  showAnswer("# Why\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 [1] |", withSources);
  expect(screen.getByRole("heading", { name: "Why", level: 3 })).toBeInTheDocument();
  expect(screen.getAllByRole("listitem").map((item) => item.textContent)).toContain("two");
  expect(screen.getByRole("columnheader", { name: "b" })).toBeInTheDocument();
  expect(screen.getByRole("cell", { name: /2/ })).toBeInTheDocument();
});

test.each([
  ["stopped", "You stopped this answer."],
  ["failed", /couldn’t be finished/],
  ["timeout", /took too long/],
])("an answer that broke off (%s) says so and can be asked for again", async (reason, words) => {
  showAnswer("Half of", { status: "incomplete", metadata: { incomplete: true, reason } });
  expect(screen.getByText(words)).toBeInTheDocument();
  expect(screen.getByText("Half of")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Ask again" }));
  expect(handlers.askAgain).toHaveBeenCalledWith(expect.objectContaining({ id: "r1" }));
});

describe("a flagged reply", () => {
  const number = (kind, digits) => ({
    kind,
    number: digits,
    label: kind,
    last_verified: "2026-11-22",
  });
  const emergency = {
    international: {
      name: "Anywhere else",
      text: "Call your local number.",
      crisis_text: "Tell someone you trust.",
      numbers: [],
    },
    countries: {
      GB: {
        name: "United Kingdom",
        numbers: [number("emergency", "5550100"), number("crisis", "5550101")],
      },
      IE: { name: "Ireland", numbers: [number("emergency", "5550200")] },
    },
  };
  const flagged = (category) => ({ metadata: { flag: { severity: "high", category, emergency } } });
  const numbers = () =>
    within(screen.getByRole("group", { name: "Numbers to call" }))
      .queryAllByRole("link", { name: /555/ })
      .map((link) => link.getAttribute("href"));

  test("shows the numbers of the patient's country, those for a crisis first", () => {
    useAuthStore.getState().signedIn({ ...PATIENT, country: "GB" });
    showAnswer("Thank you for telling us.", flagged("self_harm_crisis"));
    expect(numbers()).toEqual(["tel:5550101", "tel:5550100"]);
    expect(screen.getByText(/Checked on 22 November 2026/)).toBeInTheDocument();
  });

  test("a line that takes text messages only isn’t called", () => {
    useAuthStore.getState().signedIn({ ...PATIENT, country: "GB" });
    const line = { ...number("crisis", "5550102"), display: "555 01 02", by_text: true };
    const text = { ...emergency, countries: { GB: { name: "United Kingdom", numbers: [line] } } };
    showAnswer("Thank you.", {
      metadata: { flag: { severity: "high", category: "self_harm_crisis", emergency: text } },
    });
    expect(screen.getByRole("link", { name: /^Text 555\s01\s02/ })).toHaveAttribute(
      "href",
      "sms:5550102",
    );
  });

  test("asks for the country where neither the account nor the device tells", async () => {
    useAuthStore.getState().signedIn({ ...PATIENT, country: "" });
    showAnswer("Call now.", flagged("medical_emergency"));
    expect(screen.getByText("Call your local number.")).toBeInTheDocument();
    expect(numbers()).toEqual([]);
    await userEvent.selectOptions(screen.getByLabelText("Which country are you in?"), "Ireland");
    expect(numbers()).toEqual(["tel:5550200"]);
    expect(screen.getByRole("link", { name: /555/ })).toHaveClass("call-first");
  });

  test("in an emergency the first number is the red one", () => {
    useAuthStore.getState().signedIn({ ...PATIENT, country: "GB" });
    showAnswer("Call now.", flagged("medical_emergency"));
    expect(numbers()).toEqual(["tel:5550100"]);
    expect(screen.getByRole("link", { name: /5550100/ })).toHaveClass("call-first");
    expect(screen.queryByText("Call your local number.")).not.toBeInTheDocument();
  });

  test.each([
    ["self_harm_crisis", true],
    ["medical_emergency", false],
  ])("%s: words for a crisis: %s", (category, isTold) => {
    useAuthStore.getState().signedIn({ ...PATIENT, country: "" });
    showAnswer("Thank you for telling us.", flagged(category));
    expect(screen.queryAllByText("Tell someone you trust.")).toHaveLength(isTold ? 1 : 0);
  });
});

test("where writing is paused nothing is offered that would send", () => {
  const send = { type: "sent", client_message_id: "c1", content: "hello", at: 0 };
  showAnswer("It began.", { status: "incomplete", metadata: { reason: "timeout" } });
  state = streamReducer(state, send);
  state = streamReducer(state, { type: "failed", client_message_id: "c1" });
  view.rerender(page({}, { paused: true }));
  expect(screen.getByText("Not sent")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Delete this message" })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: /again/i })).not.toBeInTheDocument();
});

test("a message that wasn't sent can be sent again or deleted", async () => {
  const send = { type: "sent", client_message_id: "c1", content: "hello", at: 0 };
  state = streamReducer(state, send);
  view.rerender(page());
  expect(screen.getByText("Sending…")).toBeInTheDocument();

  state = streamReducer(state, { type: "failed", client_message_id: "c1" });
  view.rerender(page());
  expect(screen.getByText("Not sent")).toBeInTheDocument();
  expect(announced()).toHaveTextContent("Your message was not sent.");
  await userEvent.click(screen.getByRole("button", { name: "Send again" }));
  expect(handlers.sendAgain).toHaveBeenCalledWith("c1");
  await userEvent.click(screen.getByRole("button", { name: "Delete this message" }));
  expect(handlers.discard).toHaveBeenCalledWith("c1");
});

test("an answer is copied with its sources", async () => {
  const user = userEvent.setup();
  showAnswer("Rest. [1]", withSources);
  await user.click(screen.getByRole("button", { name: "Copy this answer" }));
  expect(await navigator.clipboard.readText()).toContain(
    "[1] Migraine: https://example.org/migraine",
  );
  expect(announced()).toHaveTextContent("Copied.");
});

test("loading, failing and missing conversations each say what is the matter", async () => {
  view.rerender(page({ loading: true }));
  expect(screen.getByText("Loading the conversation…")).toBeInTheDocument();
  const reload = jest.fn();
  view.rerender(page({ failed: true, reload }));
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(reload).toHaveBeenCalled();
  view.rerender(page({ gone: true }));
  expect(screen.getByText("This conversation isn’t here any more")).toBeInTheDocument();
});
