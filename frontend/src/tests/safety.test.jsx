import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { numbersFor, numbersForGuess, opensDialog, withoutNumbers } from "../app/danger";
import { useAuthStore } from "../stores/authStore";
import { useUiStore } from "../stores/uiStore";
import { answer, later, refuse, serve } from "./fakeServer";
import { FakeWebSocket } from "./fakeWebSocket";
import { renderApp } from "./renderApp";
import {
  AT,
  CONFIG,
  CONVERSATION,
  EMERGENCY,
  OTHER,
  page,
  PATIENT,
  question,
  reply,
} from "./samples";

const details = (more) => ({
  id: CONVERSATION,
  title: "Conversation",
  messages_count: 2,
  help: null,
  staff: null,
  created_at: AT,
  updated_at: AT,
  ...more,
});
const ROUTES = {
  "GET /api/config": CONFIG,
  "GET /api/conversations": page([details(), details({ id: OTHER, title: "A cough" })]),
  [`GET /api/conversations/${CONVERSATION}`]: details(),
  [`GET /api/conversations/${OTHER}`]: details({ id: OTHER, title: "A cough" }),
  [`GET /api/conversations/${CONVERSATION}/messages`]: page([]),
  [`GET /api/conversations/${OTHER}/messages`]: page([]),
  "POST /api/auth/ws-ticket": { ticket: "t" },
};

let calls;

async function open({ path = `/chat/${CONVERSATION}`, user = PATIENT, ...routes } = {}) {
  calls = serve({ ...ROUTES, ...routes });
  renderApp(path, { user, announces: true });
  await waitFor(() => expect(FakeWebSocket.last?.readyState).toBe(0));
  act(() => FakeWebSocket.last.accept());
  return FakeWebSocket.last;
}

const MESSAGES = `GET /api/conversations/${CONVERSATION}/messages`;
const HELP = `/api/conversations/${CONVERSATION}/help`;
const field = () => screen.getByLabelText("Your message");
const dialog = () => screen.queryByRole("alertdialog");
const press = (name) => userEvent.click(screen.getByRole("button", { name }));
const called = (name) => calls.filter((call) => call.name === name);
const numbersIn = (element) =>
  within(element)
    .queryAllByRole("link", { name: /555/ })
    .map((link) => link.getAttribute("href"));
const announced = () => screen.getAllByRole("status").at(-1);

const flagOf = (category, more) => ({ severity: "high", category, emergency: EMERGENCY, ...more });
const ack = (more) => ({
  type: "ack",
  client_message_id: null,
  message: question("q1", "what is it?"),
  replyId: "r1",
  ...more,
});
const flag = (category, more) => ({ type: "flag", messageId: "r1", ...flagOf(category, more) });
const unsafe = { type: "error", error: "unsafe", messageId: "r1", retryable: false };
const done = (content, metadata, more) => ({
  type: "done",
  message: reply("r1", content, { reply_to: "q1", metadata, ...more }),
});
const deliver = (socket, ...frames) => act(() => socket.deliver(...frames));
const blocked = (category, more) => [
  ack(),
  flag(category, more),
  unsafe,
  done("Thank you for writing.", { kind: "safety", flag: flagOf(category, more) }),
];

test.each([
  ["medical_emergency", undefined, true],
  ["self_harm_crisis", undefined, true],
  ["medical_emergency", "picture", true],
  ["medical_emergency", "answer", false],
  ["safeguarding", undefined, false],
  ["violence", undefined, false],
  ["unscreened", undefined, false],
])("whether a notice stands before everything: %s, %s: %s", (category, about, opens) => {
  expect(opensDialog(flagOf(category, { about }))).toBe(opens);
  expect(opensDialog({ severity: "high", category, about })).toBe(false);
});

describe("which numbers come first", () => {
  const kindsOf = (flagged) => numbersFor(flagged, EMERGENCY.countries.GB).map(({ kind }) => kind);

  test.each([
    ["medical_emergency", ["emergency", "poison", "medical_advice"]],
    ["self_harm_crisis", ["crisis", "emergency", "crisis"]],
    ["safeguarding", ["domestic_violence", "child", "emergency", "crisis", "crisis"]],
  ])("%s", (category, kinds) => {
    expect(kindsOf({ category })).toEqual(kinds);
  });

  test("what holds anywhere is behind the emergency number of a guess, and poisoning last", () => {
    const anywhere = { numbers: [{ kind: "emergency", number: "112" }] };
    const first = (category) =>
      numbersForGuess({ category }, EMERGENCY.countries.GB, anywhere).map(({ number }) => number);
    expect(first("medical_emergency")).toEqual(["5550100", "112", "5550103", "5550104"]);
    expect(first("self_harm_crisis")).toEqual(["5550101", "5550100", "112", "5550102"]);
    expect(first("safeguarding").slice(0, 4)).toEqual(["5550106", "5550105", "5550100", "112"]);
  });

  test("under sexual violence its own line, for whoever worries about a child those for children", () => {
    const help = {
      numbers: [
        { kind: "domestic_violence", number: "1" },
        { kind: "sexual_violence", number: "2" },
        { kind: "child", number: "3" },
      ],
    };
    const first = (more) => numbersFor({ category: "safeguarding", ...more }, help)[0].number;
    expect(first({})).toBe("1");
    expect(first({ sexual: true })).toBe("2");
    expect(first({ sexual: true, about_child: true })).toBe("3");
  });

  test("for the young those for children, but no line before an ambulance", () => {
    expect(kindsOf({ category: "self_harm_crisis", under_age: true })[0]).toBe("child");
    expect(kindsOf({ category: "medical_emergency", under_age: true })[0]).toBe("emergency");
  });

  test("all kinds where nobody knows what it is, each number once", () => {
    const help = EMERGENCY.countries.GB;
    const twice = { numbers: [...help.numbers, { ...help.numbers[0], kind: "crisis" }] };
    const numbers = numbersFor({ category: "other" }, twice).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toHaveLength(help.numbers.length);
  });
});

describe("words that the card beside says already", () => {
  const words = (numbers, ...after) =>
    ["Thank you.", ...numbers, "What helps:", ...after].join("\n\n");

  test("aren't said twice where the country is known", () => {
    const emergency = { ...EMERGENCY, country: "GB", countries: { GB: EMERGENCY.countries.GB } };
    const told = words([
      "Numbers for United Kingdom:",
      "* **5550101**: crisis\n* Text **5550102**: crisis",
    ]);
    expect(withoutNumbers(told, { category: "self_harm_crisis", emergency })).toBe(words([]));
  });

  test("nor where it isn't, and the question for it stands once", () => {
    const international = {
      ...EMERGENCY.international,
      numbers: [{ kind: "emergency", number: "112" }],
    };
    const emergency = { ...EMERGENCY, international };
    const told = words([
      "Call your local number.",
      "* **112**: In Europe.",
      "Tell someone you trust.",
      "Which country are you in? Choose it in your settings, and Veda names the lines there.",
    ]);
    expect(withoutNumbers(told, { category: "self_harm_crisis", emergency })).toBe(words([]));
    expect(withoutNumbers(told, { category: "violence", emergency })).toBe(
      words(["Tell someone you trust."]),
    );
  });

  test("a number that isn't on the card stays, with what stands before it", () => {
    const told = words(
      ["Numbers for Ireland:", "* **5550999**: another"],
      "* **Sit down.** Breathe.",
    );
    expect(withoutNumbers(told, { category: "violence", emergency: EMERGENCY })).toBe(told);
  });
});

describe("the emergency dialog", () => {
  test("opens with the flag, before the answer, with the numbers of the account's country", async () => {
    const socket = await open();
    deliver(socket, ack(), flag("medical_emergency"));
    const notice = await screen.findByRole("alertdialog", { name: "This could be an emergency" });
    expect(notice).toHaveAccessibleDescription(/Please call now, even if you are not sure/);
    expect(numbersIn(notice)).toEqual(["tel:5550100", "tel:5550104", "tel:5550103"]);
    expect(within(notice).getByRole("link", { name: /5550100/ })).toHaveClass("call-first");
    expect(screen.getByRole("heading", { name: "This could be an emergency" })).toHaveFocus();

    deliver(socket, done("Call now.", { flag: flagOf("medical_emergency") }));
    expect(screen.getAllByRole("alertdialog")).toHaveLength(1);
    await press("Back to the conversation");
    expect(dialog()).not.toBeInTheDocument();
    const kept = within(screen.getByRole("article")).getByRole("group", {
      name: "Numbers to call",
    });
    expect(numbersIn(kept)).toEqual(["tel:5550100", "tel:5550104", "tel:5550103"]);
  });

  test("opens once for each message", async () => {
    const socket = await open();
    deliver(socket, ack(), flag("medical_emergency"));
    await screen.findByRole("alertdialog");
    await press("Back to the conversation");
    deliver(
      socket,
      flag("medical_emergency"),
      done("Call.", { flag: flagOf("medical_emergency") }),
    );
    await act(async () => {});
    expect(dialog()).not.toBeInTheDocument();

    const second = { messageId: "r2", replyId: "r2", message: question("q2", "again") };
    deliver(socket, ack(second), flag("medical_emergency", { messageId: "r2" }));
    expect(await screen.findByRole("alertdialog")).toBeInTheDocument();
  });

  test("doesn't open again for what was there when the page loaded", async () => {
    const stored = reply("r1", "Call.", {
      status: "streaming",
      metadata: { flag: flagOf("medical_emergency") },
    });
    const socket = await open({ [MESSAGES]: page([question("q1", "?"), stored]) });
    deliver(
      socket,
      { type: "resume_ack", messageId: "r1", offset: 0, status: "streaming" },
      flag("medical_emergency"),
      done("Call.", { flag: flagOf("medical_emergency") }),
    );
    await act(async () => {});
    expect(dialog()).not.toBeInTheDocument();
    expect(screen.getByRole("group", { name: "Numbers to call" })).toBeInTheDocument();
  });

  test("opens where the flag got lost with the line, and only its end arrives", async () => {
    const socket = await open();
    deliver(socket, ack());
    deliver(socket, done("Thank you.", { kind: "safety", flag: flagOf("self_harm_crisis") }));
    expect(
      await screen.findByRole("alertdialog", { name: "You don’t have to carry this alone" }),
    ).toBeInTheDocument();
  });

  test("for a crisis shows a line first, then the emergency number, and none of them in red", async () => {
    const socket = await open();
    deliver(socket, ...blocked("self_harm_crisis"));
    const notice = await screen.findByRole("alertdialog");
    expect(numbersIn(notice)).toEqual(["tel:5550101", "tel:5550100", "sms:5550102"]);
    expect(notice.querySelector(".call-first")).toBeNull();
    expect(
      within(notice).getByRole("link", {
        name: "Call 5550100 If you have hurt yourself, or might do so now",
      }),
    ).toBeVisible();
    deliver(socket, done("Thank you.", { kind: "safety", flag: flagOf("self_harm_crisis") }));
    await press("Back to the conversation");
    expect(field()).toHaveAttribute("placeholder", "You can go on writing here");
  });

  test("for a crisis of somebody else the emergency number says when, for them too", async () => {
    const socket = await open();
    deliver(socket, ack(), flag("self_harm_crisis", { about_other: true }));
    const notice = within(await screen.findByRole("alertdialog"));
    const call = notice.getByRole("link", { name: /5550100/ });
    expect(call).toHaveTextContent("If somebody is hurt, or in danger right now");
  });

  test("is worded for who worries about somebody", async () => {
    const socket = await open();
    deliver(socket, ack(), flag("medical_emergency", { about_other: true }));
    expect(await screen.findByRole("alertdialog")).toHaveAccessibleDescription(/call now for them/);
  });

  test("closes with Escape, and what was being written stays", async () => {
    const socket = await open();
    fireEvent.change(field(), { target: { value: "and my arm" } });
    deliver(socket, ack(), flag("medical_emergency"));
    const notice = await screen.findByRole("alertdialog", undefined, { timeout: 3000 });
    fireEvent(notice, new Event("cancel", { cancelable: true }));
    expect(dialog()).not.toBeInTheDocument();
    expect(field()).toHaveValue("and my arm");
  });

  test("waits until the patient pauses, so that it takes no letters", async () => {
    const socket = await open();
    jest.useFakeTimers();
    try {
      field().focus();
      const type = (value) => fireEvent.input(field(), { target: { value } });
      type("my a");
      deliver(socket, ack(), flag("medical_emergency"));
      for (const words of ["my ar", "my arm", "my arm h"]) {
        act(() => jest.advanceTimersByTime(600));
        expect(dialog()).not.toBeInTheDocument();
        type(words);
      }
      expect(field()).toHaveFocus();
      expect(screen.getByRole("group", { name: "Numbers to call" })).toBeInTheDocument();
      act(() => jest.advanceTimersByTime(1_100));
      expect(dialog()).toBeInTheDocument();
      expect(field()).toHaveValue("my arm h");
    } finally {
      jest.useRealTimers();
    }
  });

  test("asks for the country where nobody knows it, and the account keeps it", async () => {
    const saved = { ...PATIENT, country: "IE" };
    const socket = await open({
      user: { ...PATIENT, country: "" },
      "PATCH /api/auth/me": saved,
    });
    deliver(socket, ack(), flag("medical_emergency"));
    const notice = within(await screen.findByRole("alertdialog"));
    expect(notice.getByText("Call your local number.")).toBeInTheDocument();
    await userEvent.selectOptions(notice.getByLabelText("Which country are you in?"), "Ireland");
    expect(notice.getByRole("link", { name: /5550200/ })).toHaveClass("call-first");
    expect(called("PATCH /api/auth/me")).toMatchObject([{ body: { country: "IE" } }]);
    await waitFor(() => expect(useAuthStore.getState().user).toEqual(saved));
  });

  describe("where nobody knows the country", () => {
    const nowhere = { user: { ...PATIENT, country: "" } };
    const zoneIs = (timeZone) =>
      jest
        .spyOn(Intl.DateTimeFormat.prototype, "resolvedOptions")
        .mockReturnValue({ locale: "en", timeZone });
    const languageIs = (language) =>
      jest.spyOn(navigator, "language", "get").mockReturnValue(language);

    afterEach(() => jest.restoreAllMocks());

    test.each([
      ["the time zone, whatever the language", "Europe/Dublin", "en-GB", "Ireland", "5550200"],
      [
        "the language where the zone is none of theirs",
        "UTC",
        "en-GB",
        "the United Kingdom",
        "5550100",
      ],
    ])("takes a guess from %s", async (_, zone, language, name, number) => {
      zoneIs(zone);
      languageIs(language);
      const socket = await open(nowhere);
      deliver(socket, ack(), flag("medical_emergency"));
      const notice = within(await screen.findByRole("alertdialog"));
      expect(
        notice.getByText(`We guess ${name} from this device.`, { exact: false }),
      ).toBeVisible();
      const first = notice.getByRole("link", { name: new RegExp(`^Call ${number}`) });
      expect(first).toHaveClass("call-first");
      expect(notice.getByLabelText("Which country are you in?")).toHaveValue("");
    });

    test("takes none from a device that tells nothing", async () => {
      zoneIs("UTC");
      languageIs("en");
      const socket = await open(nowhere);
      deliver(socket, ack(), flag("medical_emergency"));
      await screen.findByRole("alertdialog");
      expect(screen.queryByText(/from this device/)).not.toBeInTheDocument();
    });
  });

  test("shows the numbers of the chosen country though it can't be saved", async () => {
    const socket = await open({
      user: { ...PATIENT, country: "" },
      "PATCH /api/auth/me": refuse(503, "unavailable"),
    });
    deliver(socket, ack(), flag("medical_emergency"));
    const notice = within(await screen.findByRole("alertdialog"));
    await userEvent.selectOptions(notice.getByLabelText("Which country are you in?"), "Ireland");
    expect(await notice.findByText(/couldn’t be saved just now/)).toBeInTheDocument();
    expect(notice.getByRole("link", { name: /5550200/ })).toBeInTheDocument();
  });
});

describe("a message that is refused", () => {
  const refusal = (code, more) => ({
    type: "error",
    error: code,
    message: "No.",
    retryable: false,
    ...more,
  });
  const refused = (status, code, more) =>
    answer(status, { error: { code, message: "No." }, ...more });

  async function send(socket, text) {
    await userEvent.type(field(), `${text}{Enter}`);
    await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
    return socket.sentOf("message")[0].client_message_id;
  }

  test.each(["message_too_long", "consent_required", "account_paused", "busy"])(
    "brings the notice all the same: %s",
    async (code) => {
      const socket = await open({
        "GET /api/auth/consents": { version: "1", recipients: [], purposes: [], history: [] },
      });
      const client_message_id = await send(socket, "my chest");
      deliver(socket, refusal(code, { client_message_id, flag: flagOf("medical_emergency") }));
      const notice = await screen.findByRole("alertdialog");
      expect(numbersIn(notice)[0]).toBe("tel:5550100");
      await press("Close");
      expect(dialog()).not.toBeInTheDocument();
    },
  );

  test("that waited for the network too", async () => {
    const socket = await open();
    act(() => socket.drop());
    await userEvent.type(field(), "my chest{Enter}");
    act(() => window.dispatchEvent(new Event("online")));
    await waitFor(() => expect(FakeWebSocket.last).not.toBe(socket));
    act(() => FakeWebSocket.last.accept());
    const [{ client_message_id }] = FakeWebSocket.last.sentOf("message");
    deliver(
      FakeWebSocket.last,
      refusal("busy", { client_message_id, flag: flagOf("self_harm_crisis") }),
    );
    expect(await screen.findByRole("alertdialog")).toBeInTheDocument();
  });

  test("that the patient didn't wait for", async () => {
    const socket = await open({
      [`POST /api/conversations/${CONVERSATION}/messages`]: refused(422, "unsafe", {
        reply: reply("r1", "Thank you.", { metadata: { flag: flagOf("self_harm_crisis") } }),
      }),
    });
    await send(socket, "I can't go on");
    await userEvent.click(screen.getByRole("link", { name: "A cough" }));
    expect(await screen.findByRole("alertdialog")).toHaveTextContent(
      "The numbers stay in your conversation.",
    );
  });

  test("that never reached a conversation", async () => {
    calls = serve({
      ...ROUTES,
      "POST /api/conversations": refused(429, "too_many_requests", {
        flag: flagOf("medical_emergency"),
      }),
    });
    renderApp("/chat", { user: PATIENT });
    await userEvent.type(field(), "my chest{Enter}");
    expect(await screen.findByRole("alertdialog")).toBeInTheDocument();
  });

  test("that is too long to be sent", async () => {
    const tooLong = refused(400, "message_too_long", { flag: flagOf("self_harm_crisis") });
    await open({
      "GET /api/config": { ...CONFIG, limits: { ...CONFIG.limits, message_chars: 10 } },
      [`POST /api/conversations/${CONVERSATION}/messages`]: tooLong,
    });
    await waitFor(() => expect(called("GET /api/config")).toHaveLength(1));
    await userEvent.type(field(), "I can't go on any more{Enter}");
    expect(
      await screen.findByRole("alertdialog", undefined, { timeout: 3000 }),
    ).toBeInTheDocument();
    expect(field()).toHaveValue("I can't go on any more");
  });

  test("shows its numbers where it stands, for what no dialog may show", async () => {
    const socket = await open();
    const client_message_id = await send(socket, "he hits me");
    deliver(socket, refusal("busy", { client_message_id, flag: flagOf("safeguarding") }));
    await act(async () => {});
    expect(dialog()).not.toBeInTheDocument();
    expect(numbersIn(screen.getByRole("group", { name: "Numbers to call" }))[0]).toBe(
      "tel:5550106",
    );
  });
});

describe("the quiet card", () => {
  test.each([
    ["violence", /You can go on writing here. What helps, and numbers/],
    ["unscreened", /couldn’t be checked just now/],
    ["other", /You can go on writing here, or ask in other words/],
  ])("says what happened and what one can do: %s", async (category, words) => {
    const socket = await open();
    const region = screen.getAllByRole("status").at(-2);
    deliver(socket, ...blocked(category));
    expect(region).toHaveTextContent(words);
    expect(dialog()).not.toBeInTheDocument();
    await press("Close this message");
    expect(region).toBeEmptyDOMElement();
    expect(field()).toHaveFocus();
  });

  test("isn't there in a crisis, which has its own words", async () => {
    const socket = await open();
    deliver(socket, ...blocked("self_harm_crisis"));
    await screen.findByRole("alertdialog");
    expect(screen.queryByText(/You can go on writing here/)).not.toBeInTheDocument();
  });

  test("goes when the patient writes on", async () => {
    const socket = await open();
    deliver(socket, ...blocked("violence"));
    await userEvent.type(field(), "I am angry{Enter}");
    expect(screen.queryByText(/You can go on writing here/)).not.toBeInTheDocument();
  });
});

describe("safeguarding", () => {
  const answered = [
    ack({ message: question("q1", "he hits me") }),
    done("Thank you for trusting us.", { flag: flagOf("safeguarding"), label: "Veda" }),
  ];

  test("opens no dialog, and its lines are with the answer", async () => {
    const socket = await open();
    deliver(socket, ...answered);
    await act(async () => {});
    expect(dialog()).not.toBeInTheDocument();
    expect(numbersIn(screen.getByRole("group", { name: "Numbers to call" }))).toEqual([
      "tel:5550106",
      "tel:5550105",
      "tel:5550100",
      "tel:5550101",
      "sms:5550102",
    ]);
  });

  test("is hidden with one press, question and all, and shown again with another", async () => {
    const socket = await open();
    deliver(socket, ...answered);
    await press("Hide this");
    expect(screen.queryByText("Thank you for trusting us.")).not.toBeInTheDocument();
    expect(screen.queryByText("he hits me")).not.toBeInTheDocument();
    expect(screen.queryByRole("group", { name: "Numbers to call" })).not.toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Show again" })).toHaveFocus();
    await press("Show again");
    expect(screen.getByText("Thank you for trusting us.")).toBeInTheDocument();
    expect(screen.getByText("he hits me")).toBeInTheDocument();
  });
});

test("an answer that was withdrawn is replaced, and says so", async () => {
  const socket = await open();
  deliver(socket, ack(), { type: "chunk", messageId: "r1", data: "Take forty", offset: 0 });
  const instead = "I have taken that back.\n\n* **555 0100**: Emergency";
  deliver(socket, done(instead, { withdrawn: true, kind: "answer" }));
  const withdrawn = screen.getByRole("article", { name: "Answer from Veda" });
  expect(withdrawn).not.toHaveTextContent("Take forty");
  expect(withdrawn).toHaveTextContent("I have taken that back.");
  expect(within(withdrawn).queryByRole("list", { name: "Steps" })).not.toBeInTheDocument();
  expect(within(withdrawn).getByRole("link", { name: /^Call 555\s0100/ })).toHaveAttribute(
    "href",
    "tel:5550100",
  );
  expect(announced()).toHaveTextContent("Veda took its answer back.");
});

test("no number in an answer's own words can be called", async () => {
  const socket = await open();
  deliver(socket, ack(), done("Call them:\n\n* **555 0100**: Emergency", { kind: "answer" }));
  expect(await screen.findByText("555 0100")).toBeInTheDocument();
  expect(screen.queryByRole("link", { name: /555/ })).not.toBeInTheDocument();
});

test.each([
  ["a message in another language", { foreign: true, flag: flagOf("foreign_language") }],
  ["an answer that advises to call", { flag: flagOf("medical_emergency", { about: "answer" }) }],
])("numbers stand before the text of %s", async (_, metadata) => {
  const socket = await open();
  deliver(socket, ack(), done("Veda reads English.", metadata));
  const numbers = screen.getByRole("group", { name: "Numbers to call" });
  const text = screen.getByText("Veda reads English.");
  expect(numbers.compareDocumentPosition(text)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  expect(dialog()).not.toBeInTheDocument();
});

test("a screen reader hears of the numbers before the answer", async () => {
  const socket = await open();
  deliver(socket, ack(), flag("violence"));
  expect(announced()).toHaveTextContent("Numbers to call are shown.");
  deliver(socket, done("Step away.", { flag: flagOf("violence") }));
  expect(announced()).toHaveTextContent("Numbers to call are shown. Veda has answered.");
});

describe("a paused account", () => {
  test("says why one can't write, and what one can do", async () => {
    await open({
      user: { ...PATIENT, paused_at: AT },
      [MESSAGES]: page([question("q1", "why?"), reply("r1", "Because.")]),
    });
    expect(await screen.findByText("Because.")).toBeInTheDocument();
    expect(screen.queryByLabelText("Your message")).not.toBeInTheDocument();
    const why = within(screen.getByRole("region", { name: "Writing is paused" }));
    expect(why.getByText(/Staff of Veda have stopped new messages/)).toBeInTheDocument();
    expect(why.getByRole("link", { name: /download or delete/ })).toHaveAttribute(
      "href",
      "/account",
    );
    expect(why.getByRole("link", { name: /emergency numbers/ })).toHaveAttribute(
      "href",
      "/emergency#GB",
    );
    expect(screen.getByRole("button", { name: "Ask for a person" })).toBe(
      why.getByRole("button", { name: "Ask for a person" }),
    );
  });

  test("isn't told that Veda answers again when a person leaves", async () => {
    const socket = await open({ user: { ...PATIENT, paused_at: AT } });
    deliver(socket, { type: "presence", who: "staff", state: "left", name: "Amara Okafor" });
    const left = within(screen.getByRole("main")).getByText(/has left\./);
    expect(left).toHaveTextContent("Amara Okafor has left.");
    expect(left).not.toHaveTextContent("answers");
    expect(announced()).toHaveTextContent("Amara Okafor has left.");
    expect(announced()).not.toHaveTextContent("answers");
  });

  test("is noticed with the first refusal, and its end when one looks", async () => {
    const socket = await open({ "GET /api/auth/me": PATIENT });
    await userEvent.type(field(), "hello{Enter}");
    await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
    const [{ client_message_id }] = socket.sentOf("message");
    const message = "Writing is paused.";
    deliver(socket, {
      type: "error",
      error: "account_paused",
      message,
      retryable: false,
      client_message_id,
    });
    expect(screen.getByRole("region", { name: "Writing is paused" })).toBeInTheDocument();
    expect(screen.getByText("Not sent")).toBeInTheDocument();
    expect(screen.queryByText(message)).not.toBeInTheDocument();
    expect(screen.queryByLabelText("Your message")).not.toBeInTheDocument();
    await press("Check again");
    expect(await screen.findByLabelText("Your message")).toBeInTheDocument();
  });
});

describe("asking for a person", () => {
  const help = {
    asked_at: AT,
    on_duty: false,
    message: "Nobody is here now. Messages are read on weekdays from 9 to 5.",
    emergency: EMERGENCY,
  };

  test("takes two presses, and says when messages are read, with the numbers", async () => {
    await open({ [`POST ${HELP}`]: answer(201, help), [`DELETE ${HELP}`]: answer(204, "") });
    await press("Ask for a person");
    expect(called(`POST ${HELP}`)).toEqual([]);
    const asking = within(screen.getByRole("dialog", { name: "Ask for a person" }));
    await userEvent.click(asking.getByRole("button", { name: "Ask for a person" }));
    const asked = within(await screen.findByRole("dialog", { name: "You asked for a person" }));
    expect(asked.getByText(help.message)).toBeInTheDocument();
    const numbers = numbersIn(asked.getByRole("group", { name: "Numbers to call" }));
    expect(numbers).toEqual(["tel:5550100", "tel:5550101", "tel:5550103", "sms:5550102"]);
    await userEvent.click(asked.getByRole("button", { name: "Back to the conversation" }));
    const top = within(screen.getByRole("banner"));
    expect(top.getByRole("button", { name: "Person asked for" })).toBeVisible();
    expect(screen.getByText(/^You asked for a person\. It can take long/)).toBeInTheDocument();

    await press("Details of asking for a person");
    await press("Withdraw my request");
    await waitFor(() => expect(called(`DELETE ${HELP}`)).toHaveLength(1));
    await waitFor(() =>
      expect(screen.queryByText(/You asked for a person/)).not.toBeInTheDocument(),
    );
  });

  test("of whoever may be under age brings the lines for the young", async () => {
    await open({
      user: { ...PATIENT, year_of_birth: new Date().getFullYear() - 17 },
      [`GET /api/conversations/${CONVERSATION}`]: details({ help }),
    });
    await press("Details of asking for a person");
    const asked = screen.getByRole("group", { name: "Numbers to call" });
    expect(numbersIn(asked)[0]).toBe("tel:5550105");
  });

  test("in danger shows whom to call before one asks", async () => {
    const socket = await open();
    deliver(socket, ...blocked("violence"));
    const top = within(screen.getByRole("banner"));
    await userEvent.click(top.getByRole("button", { name: "Ask for a person" }));
    const asking = within(screen.getByRole("dialog", { name: "Ask for a person" }));
    expect(asking.getByText(/may not be read in time/)).toBeInTheDocument();
    expect(numbersIn(asking.getByRole("group", { name: "Numbers to call" }))[0]).toBe(
      "tel:5550100",
    );
  });

  test("that fails says so, and can be done again", async () => {
    const error = { code: "too_many_requests", message: "Try again in a moment." };
    await open({ [`POST ${HELP}`]: answer(429, { error, emergency: EMERGENCY }) });
    await press("Ask for a person");
    const asking = within(screen.getByRole("dialog", { name: "Ask for a person" }));
    await userEvent.click(asking.getByRole("button", { name: "Ask for a person" }));
    expect(await asking.findByText("Try again in a moment.")).toBeInTheDocument();
    expect(asking.getByRole("group", { name: "Numbers to call" })).toBeInTheDocument();
    expect(asking.getByRole("button", { name: "Ask for a person" })).toBeInTheDocument();
  });

  test("is offered with the numbers of a reply", async () => {
    const socket = await open();
    deliver(socket, ...blocked("violence"));
    const kept = within(screen.getByRole("group", { name: "Numbers to call" }));
    await userEvent.click(kept.getByRole("button", { name: "Ask for a person" }));
    expect(screen.getByRole("dialog", { name: "Ask for a person" })).toBeInTheDocument();
  });

  test("is still asked after a reload", async () => {
    await open({ [`GET /api/conversations/${CONVERSATION}`]: details({ help }) });
    expect(
      await screen.findByText(/^You asked for a person\. It can take long/),
    ).toBeInTheDocument();
    await press("Details of asking for a person");
    expect(screen.getByText(help.message)).toBeInTheDocument();
  });
});

describe("a person from staff", () => {
  const presence = (state, name = "Amara Okafor") => ({
    type: "presence",
    who: "staff",
    state,
    name,
  });
  const written = {
    type: "done",
    message: {
      ...question("s1", "Hello Margaret."),
      sender: "staff",
      metadata: { name: "Amara Okafor" },
    },
  };
  const here = {
    [`GET /api/conversations/${CONVERSATION}`]: details({ staff: { name: "Amara Okafor" } }),
  };

  test("joins, writes and leaves, which is shown and announced", async () => {
    const shown = later();
    let staff = null;
    const socket = await open({
      [`GET /api/conversations/${CONVERSATION}`]: () => details({ staff }),
    });
    await screen.findByRole("button", { name: "Ask for a person" });
    staff = { name: "Amara Okafor" };
    deliver(socket, ack(), done("Rest.", {}), presence("joined"), presence("joined"));
    expect(screen.getAllByText(/has joined. They are a person/)).toHaveLength(1);
    expect(announced()).toHaveTextContent("Amara Okafor, a person from staff, has joined.");
    expect(await screen.findByText("Amara Okafor is here")).toBeInTheDocument();
    expect(screen.getByText(/your messages go to them, and Veda is silent/)).toBeInTheDocument();
    expect(field()).toHaveAttribute("placeholder", "Write to Amara Okafor");

    deliver(socket, presence("typing"));
    expect(screen.getByText("Amara Okafor is writing…")).toBeInTheDocument();
    expect(announced()).toHaveTextContent("Somebody from staff is writing.");

    deliver(socket, written);
    expect(screen.queryByText("Amara Okafor is writing…")).not.toBeInTheDocument();
    expect(
      screen.getByRole("article", { name: "Message from Amara Okafor, a person" }),
    ).toHaveTextContent("A person from staff");
    expect(announced()).toHaveTextContent("Amara Okafor has written.");

    staff = null;
    deliver(socket, presence("left"));
    const left = within(screen.getByRole("main")).getByText(/has left. Veda answers again./);
    expect(left).toBeInTheDocument();
    expect(announced()).toHaveTextContent("Amara Okafor has left.");
    await waitFor(() => expect(screen.queryByText("Amara Okafor is here")).not.toBeInTheDocument());
    shown.resolve();
  });

  test("who is silent for a while is writing no longer", async () => {
    const socket = await open(here);
    await screen.findByText("Amara Okafor is here");
    jest.useFakeTimers();
    try {
      deliver(socket, presence("typing"));
      act(() => jest.advanceTimersByTime(5_000));
      deliver(socket, presence("typing"));
      act(() => jest.advanceTimersByTime(5_000));
      expect(screen.getByText("Amara Okafor is writing…")).toBeInTheDocument();
      act(() => jest.advanceTimersByTime(1_500));
      expect(screen.queryByText("Amara Okafor is writing…")).not.toBeInTheDocument();
    } finally {
      jest.useRealTimers();
    }
  });

  test("who was there when the page loaded hasn't just come", async () => {
    const socket = await open({ ...here, [MESSAGES]: page([written.message]) });
    await screen.findByText("Amara Okafor is here");
    deliver(socket, presence("joined"));
    expect(screen.queryByText(/has joined/)).not.toBeInTheDocument();
    deliver(socket, presence("left"), presence("joined"));
    expect(screen.getByText(/has joined. They are a person/)).toBeInTheDocument();
  });

  test("is answered without waiting for the model", async () => {
    const socket = await open(here);
    await screen.findByText("Amara Okafor is here");
    await userEvent.type(field(), "thank you{Enter}");
    await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
    const [{ client_message_id }] = socket.sentOf("message");
    deliver(socket, ack({ client_message_id, replyId: null }));
    expect(screen.getByText("what is it?")).toBeInTheDocument();
    expect(screen.queryByRole("article")).not.toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Send" })).toBeInTheDocument();
  });
});

describe("thumbs", () => {
  const rated = reply("r1", "Rest.", { conversation: CONVERSATION, feedback: null });
  const FEEDBACK = `/api/conversations/${CONVERSATION}/messages/r1/feedback`;
  const show = (routes, message = rated) =>
    open({ [MESSAGES]: page([question("q1", "?"), message]), ...routes });
  const thumb = (name) => screen.getByRole("button", { name });

  test("are pressed at once, and a comment goes with them", async () => {
    const saving = later();
    await show({ [`PUT ${FEEDBACK}`]: (call) => saving.promise.then(() => call.body) });
    await screen.findByText("Rest.");
    await press("Not helpful");
    expect(thumb("Not helpful")).toHaveAttribute("aria-pressed", "true");
    expect(thumb("Helpful")).toHaveAttribute("aria-pressed", "false");
    expect(announced()).toHaveTextContent("Marked as not helpful.");
    saving.resolve();
    await userEvent.type(screen.getByLabelText(/What was missing or wrong/), "No doses.");
    await press("Save");
    await waitFor(() => expect(called(`PUT ${FEEDBACK}`)).toHaveLength(2));
    expect(called(`PUT ${FEEDBACK}`).map(({ body }) => body)).toEqual([
      { rating: -1, comment: "" },
      { rating: -1, comment: "No doses." },
    ]);
    expect(screen.queryByLabelText(/What was missing/)).not.toBeInTheDocument();
  });

  test("are taken back with a second press", async () => {
    const liked = { ...rated, feedback: { rating: 1, comment: "" } };
    await show({ [`DELETE ${FEEDBACK}`]: answer(204, "") }, liked);
    expect(await screen.findByRole("button", { name: "Helpful" })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
    await press("Helpful");
    await waitFor(() => expect(called(`DELETE ${FEEDBACK}`)).toHaveLength(1));
    expect(thumb("Helpful")).toHaveAttribute("aria-pressed", "false");
  });

  test("go back to what the server knows where it can't take them", async () => {
    const liked = { ...rated, feedback: { rating: 1, comment: "" } };
    await show({ [`PUT ${FEEDBACK}`]: refuse(503, "unavailable", "Not now.") }, liked);
    await screen.findByText("Rest.");
    await press("Not helpful");
    expect(await screen.findByText("Your rating couldn’t be saved. Not now.")).toBeInTheDocument();
    expect(thumb("Helpful")).toHaveAttribute("aria-pressed", "true");
    expect(thumb("Not helpful")).toHaveAttribute("aria-pressed", "false");
    expect(announced()).toHaveTextContent("Your rating couldn’t be saved.");
  });

  test("of a refused comment that tells of violence bring the numbers", async () => {
    const error = { code: "too_many_requests", message: "That was too often." };
    const refused = answer(429, { error, flag: flagOf("safeguarding"), emergency: EMERGENCY });
    await show({ [`PUT ${FEEDBACK}`]: refused });
    await screen.findByText("Rest.");
    await press("Not helpful");
    expect(await screen.findByRole("group", { name: "Numbers to call" })).toBeInTheDocument();
  });

  test("of a comment that tells of a danger bring the notice", async () => {
    const found = { rating: -1, comment: "x", flag: flagOf("self_harm_crisis") };
    await show({ [`PUT ${FEEDBACK}`]: found });
    await screen.findByText("Rest.");
    await press("Not helpful");
    expect(await screen.findByRole("alertdialog")).toBeInTheDocument();
  });

  test.each([
    ["a fixed reply", { metadata: { kind: "safety" } }],
    ["an answer that is still being written", { status: "streaming" }],
  ])("aren't there for %s", async (_, more) => {
    await show({}, { ...rated, ...more });
    await screen.findByText("Rest.");
    expect(screen.queryByRole("button", { name: "Helpful" })).not.toBeInTheDocument();
  });
});

test("signing out takes the notice away with everything else", async () => {
  const socket = await open();
  deliver(socket, ack(), flag("medical_emergency"));
  await screen.findByRole("alertdialog");
  act(() => useUiStore.getState().clear());
  await waitFor(() => expect(dialog()).not.toBeInTheDocument());
});
