import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { useAuthStore } from "../stores/authStore";
import { useUiStore } from "../stores/uiStore";
import { answer, refuse, serve } from "./fakeServer";
import { accept } from "./fakeWebSocket";
import {
  ack,
  announced,
  blocked,
  called,
  deliver,
  done,
  field,
  flag,
  MESSAGES,
  numbersIn,
  open,
  press,
  ROUTES,
} from "./openConversation";
import { renderApp } from "./renderApp";
import { CONFIG, CONVERSATION, flagOf, page, PATIENT, question, reply } from "./samples";

const dialog = () => screen.queryByRole("alertdialog");

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
    const notice = await screen.findByRole("alertdialog");
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
    const next = await accept();
    const [{ client_message_id }] = next.sentOf("message");
    deliver(next, refusal("busy", { client_message_id, flag: flagOf("self_harm_crisis") }));
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
    serve({
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
    expect(await screen.findByRole("alertdialog")).toBeInTheDocument();
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

test("below a reminder of what was told before stand the first numbers, and no notice", async () => {
  const socket = await open();
  const earlier = { about: "earlier" };
  deliver(socket, ack(), flag("medical_emergency", earlier));
  const metadata = { flag: flagOf("medical_emergency", earlier) };
  deliver(socket, done("**Call 5550100 now.**\n\nRest helps.", metadata));
  const numbers = screen.getByRole("group", { name: "Numbers to call" });
  expect(numbersIn(numbers)).toEqual(["tel:5550100", "tel:5550104"]);
  expect(numbers).toHaveTextContent("All emergency numbers");
  const text = screen.getByText("Rest helps.");
  expect(numbers.compareDocumentPosition(text)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  expect(numbers.compareDocumentPosition(screen.getByText("Call 5550100 now."))).toBe(
    Node.DOCUMENT_POSITION_PRECEDING,
  );
  expect(dialog()).not.toBeInTheDocument();
});

test("an emergency under a reminder opens its notice", async () => {
  const socket = await open();
  deliver(socket, ack(), flag("medical_emergency", { about: "earlier" }));
  deliver(socket, flag("medical_emergency", { about: "picture" }));
  expect(await screen.findByRole("alertdialog")).toBeInTheDocument();
});

test("a screen reader hears of the numbers before the answer", async () => {
  const socket = await open();
  deliver(socket, ack(), flag("violence"));
  expect(announced()).toHaveTextContent("Numbers to call are shown.");
  deliver(socket, done("Step away.", { flag: flagOf("violence") }));
  expect(announced()).toHaveTextContent("Numbers to call are shown. Veda has answered.");
});

test("signing out takes the notice away with everything else", async () => {
  const socket = await open();
  deliver(socket, ack(), flag("medical_emergency"));
  await screen.findByRole("alertdialog");
  act(() => useUiStore.getState().clear());
  await waitFor(() => expect(dialog()).not.toBeInTheDocument());
});
