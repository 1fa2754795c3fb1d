import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { answer, cutOff, refuse, serve } from "./fakeServer";
import { accept } from "./fakeWebSocket";
import { open, press, ROUTES, write } from "./kneeAndCough";
import { CONFIG, conversation, CONVERSATION, page, PATIENT, question, reply } from "./samples";

const ackOf = ({ client_message_id, content }, replyId = "r9") => ({
  type: "ack",
  client_message_id,
  message: question("q9", content, { client_message_id }),
  replyId,
});

test("each conversation keeps its draft", async () => {
  open(`/chat/${CONVERSATION}`);
  await write("and my hip");
  await userEvent.click(await screen.findByRole("link", { name: "A cough" }));
  expect(screen.getByLabelText("Your message")).toHaveValue("");
  await userEvent.click(screen.getByRole("link", { name: "Knee pain" }));
  expect(screen.getByLabelText("Your message")).toHaveValue("and my hip");
});

test("the first message makes a conversation and goes over its socket", async () => {
  const calls = open("/chat", {
    "POST /api/conversations": conversation(CONVERSATION, ""),
    [`GET /api/conversations/${CONVERSATION}/messages`]: page([]),
  });
  await write("my knee hurts{Enter}");
  expect(screen.getByText("my knee hurts")).toBeInTheDocument();
  const socket = await accept();
  await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
  const [sent] = socket.sentOf("message");
  expect(sent.content).toBe("my knee hurts");
  expect(screen.getByText("Sending…")).toBeInTheDocument();

  act(() => socket.deliver(ackOf(sent), ackOf(sent)));
  expect(screen.queryByText("Sending…")).not.toBeInTheDocument();
  expect(screen.getAllByText("my knee hurts")).toHaveLength(1);
  expect(screen.getByTestId("address")).toHaveTextContent(`/chat/${CONVERSATION}`);
  expect(calls.filter(({ name }) => name === "POST /api/conversations")).toHaveLength(1);

  act(() => socket.deliver({ type: "done", message: reply("r9", "Rest it.") }));
  expect(screen.getByText("Rest it.")).toBeInTheDocument();
});

test("an example is asked with one press", async () => {
  open("/chat", { "POST /api/conversations": conversation(CONVERSATION, "") });
  await userEvent.click(await screen.findByRole("button", { name: "How long does a cough last?" }));
  const socket = await accept();
  await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
});

test("a first message waits while nobody answers, and goes when the network is back", async () => {
  open("/chat", { "POST /api/conversations": cutOff });
  await write("my knee hurts{Enter}");
  expect(await screen.findByText("Waiting for the network")).toBeInTheDocument();
  expect(screen.getByText(/Veda can’t be reached. What you write waits/)).toBeInTheDocument();
  expect(screen.queryByText("Not sent")).not.toBeInTheDocument();
  serve({ ...ROUTES, "POST /api/conversations": conversation(CONVERSATION, "") });
  act(() => window.dispatchEvent(new Event("online")));
  const socket = await accept();
  await waitFor(() =>
    expect(socket.sentOf("message")).toMatchObject([{ content: "my knee hurts" }]),
  );
  expect(screen.queryByText("Waiting for the network")).not.toBeInTheDocument();
});

test("a first message that is refused stays, and goes with Send again", async () => {
  open("/chat", { "POST /api/conversations": refuse(500, "broken", "It broke.") });
  await write("my knee hurts{Enter}");
  expect(await screen.findByText("Not sent")).toBeInTheDocument();
  expect(screen.getByText("It broke.")).toBeInTheDocument();
  serve({ ...ROUTES, "POST /api/conversations": conversation(CONVERSATION, "") });
  await press("Send again");
  const socket = await accept();
  await waitFor(() =>
    expect(socket.sentOf("message")).toMatchObject([{ content: "my knee hurts" }]),
  );
});

describe("without a network", () => {
  const OFFLINE =
    "You are offline. Emergency numbers still work. What you write waits on this page and is sent when you are back; keep the page open.";

  function goOffline() {
    jest.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    act(() => window.dispatchEvent(new Event("offline")));
  }

  function comeBack() {
    jest.spyOn(navigator, "onLine", "get").mockReturnValue(true);
    act(() => window.dispatchEvent(new Event("online")));
  }

  test("the bar is there at once, and what is sent waits", async () => {
    open(`/chat/${CONVERSATION}`);
    await screen.findByText("Knees can hurt.");
    const first = await accept();
    goOffline();
    expect(screen.getByText(OFFLINE)).toBeInTheDocument();
    await write("and now?{Enter}");
    expect(screen.getByText("Waiting for the network")).toBeInTheDocument();
    act(() => first.drop());
    expect(screen.getByText("Waiting for the network")).toBeInTheDocument();
    comeBack();
    const second = await accept();
    await waitFor(() => expect(second.sentOf("message")).toHaveLength(1));
    expect(screen.queryByText(OFFLINE)).not.toBeInTheDocument();
    act(() => second.deliver(ackOf(second.sentOf("message")[0])));
    expect(screen.queryByText("Sending…")).not.toBeInTheDocument();
  });

  test("a server that still answers takes the bar away", async () => {
    open(`/chat/${CONVERSATION}`);
    await screen.findByText("Knees can hurt.");
    const socket = await accept();
    goOffline();
    act(() => socket.deliver({ type: "pong" }));
    expect(screen.queryByText(OFFLINE)).not.toBeInTheDocument();
  });

  test("a message whose line breaks is said to wait, before the bar would tell of the line alone", async () => {
    open(`/chat/${CONVERSATION}`);
    await screen.findByText("Knees can hurt.");
    const socket = await accept();
    await write("and now?{Enter}");
    expect(screen.getByText("Sending…")).toBeInTheDocument();
    act(() => socket.drop());
    expect(screen.getByText("Waiting for the network")).toBeInTheDocument();
    expect(screen.getByText(/Veda can’t be reached. What you write waits/)).toBeInTheDocument();
  });

  test("without a line a message never fails by waiting", async () => {
    open(`/chat/${CONVERSATION}`);
    await screen.findByText("Knees can hurt.");
    const socket = await accept();
    jest.useFakeTimers();
    try {
      goOffline();
      fireEvent.change(screen.getByLabelText("Your message"), { target: { value: "and now?" } });
      fireEvent.keyDown(screen.getByLabelText("Your message"), { key: "Enter" });
      await act(() => jest.advanceTimersByTimeAsync(120_000));
      expect(screen.getByText("Waiting for the network")).toBeInTheDocument();
      expect(socket.readyState).toBe(3);
    } finally {
      jest.useRealTimers();
    }
  });

  test("what waits in a conversation that was left is delivered when the network is back", async () => {
    const post = `POST /api/conversations/${CONVERSATION}/messages`;
    open(`/chat/${CONVERSATION}`, { [post]: cutOff });
    await screen.findByText("Knees can hurt.");
    await write("one more{Enter}");
    jest.useFakeTimers();
    try {
      fireEvent.click(screen.getByRole("link", { name: "A cough" }));
      await act(() => jest.advanceTimersByTimeAsync(1_000));
      const stored = ({ body }) => ({ ...question("q9", body.content, body), replyId: "r9" });
      const calls = serve({ ...ROUTES, [post]: stored });
      await act(() => jest.advanceTimersByTimeAsync(20_000));
      expect(calls.filter(({ name }) => name === post)).toHaveLength(1);
    } finally {
      jest.useRealTimers();
    }
  });
});

test("what was sent while the line was down goes out once when it is back", async () => {
  open(`/chat/${CONVERSATION}`);
  await screen.findByText("Knees can hurt.");
  await write("and now?{Enter}");
  const first = await accept();
  await waitFor(() => expect(first.sentOf("message")).toHaveLength(1));
  act(() => first.drop());
  act(() => window.dispatchEvent(new Event("online")));
  const second = await accept();
  await waitFor(() => expect(second.sentOf("message")).toHaveLength(1));
  expect(second.sentOf("message")).toEqual(first.sentOf("message"));
});

test("a running reply can be stopped", async () => {
  open(`/chat/${CONVERSATION}`);
  await screen.findByText("Knees can hurt.");
  const socket = await accept();
  act(() => socket.deliver(ackOf({ client_message_id: null, content: "more" })));
  await press("Stop");
  expect(socket.sentOf("stop")).toEqual([{ type: "stop", messageId: "r9" }]);
  expect(screen.getByRole("button", { name: "Stopping…" })).toBeInTheDocument();
});

test("asking again sends the same question as a new message", async () => {
  const broken = reply("r1", "Half", {
    status: "incomplete",
    metadata: { reason: "failed" },
    reply_to: "q1",
  });
  open(`/chat/${CONVERSATION}`, {
    [`GET /api/conversations/${CONVERSATION}/messages`]: page([question("q1", "why?"), broken]),
  });
  await screen.findByText("Half");
  const socket = await accept();
  await press("Ask again");
  await waitFor(() => expect(socket.sentOf("message")).toMatchObject([{ content: "why?" }]));
});

test("what is unsent when one leaves is delivered all the same", async () => {
  const post = `POST /api/conversations/${CONVERSATION}/messages`;
  const calls = open(`/chat/${CONVERSATION}`, {
    [post]: ({ body }) => ({ ...question("q9", body.content, body), replyId: "r9" }),
  });
  await screen.findByText("Knees can hurt.");
  await write("one more{Enter}");
  await userEvent.click(screen.getByRole("link", { name: "A cough" }));
  await waitFor(() => expect(calls.some(({ name }) => name === post)).toBe(true));
});

test("the last question can be changed and asked again; what was asked stays", async () => {
  open(`/chat/${CONVERSATION}`);
  await screen.findByText("Knees can hurt.");
  await press("Edit");
  expect(screen.getByLabelText("Your message")).toHaveValue("why does my knee hurt?");
  expect(screen.getByLabelText("Your message")).toHaveFocus();
  expect(screen.getByText("Knees can hurt.")).toBeInTheDocument();
});

test.each([
  ["Cancel", () => press("Cancel")],
  ["Escape", () => userEvent.keyboard("{Escape}")],
])(
  "who doesn’t want to change the question after all finds what was being written: %s",
  async (_, leave) => {
    open(`/chat/${CONVERSATION}`);
    await screen.findByText("Knees can hurt.");
    await write("and my hip");
    await press("Edit");
    expect(screen.getByText("Changing your last question")).toBeInTheDocument();
    expect(screen.getByLabelText("Your message")).toHaveValue("and my hip why does my knee hurt?");
    await leave();
    expect(screen.getByLabelText("Your message")).toHaveValue("and my hip");
    expect(screen.getByLabelText("Your message")).toHaveFocus();
    expect(screen.queryByText("Changing your last question")).not.toBeInTheDocument();
  },
);

test("a changed question that is sent is changed no more", async () => {
  open(`/chat/${CONVERSATION}`);
  await screen.findByText("Knees can hurt.");
  const socket = await accept();
  await press("Edit");
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
  expect(screen.queryByText("Changing your last question")).not.toBeInTheDocument();
  expect(screen.getByLabelText("Your message")).toHaveValue("");
});

test("the last question can be answered again", async () => {
  open(`/chat/${CONVERSATION}`);
  await screen.findByText("Knees can hurt.");
  const socket = await accept();
  await press("Answer again");
  await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
  expect(socket.sentOf("message")[0]).toMatchObject({
    content: "why does my knee hurt?",
    repeats: "r1",
  });
  expect(screen.queryByRole("button", { name: "Answer again" })).not.toBeInTheDocument();
});

test("a draft outlives a reload of the page, and not the signing out", async () => {
  open(`/chat/${CONVERSATION}`, { "POST /api/auth/logout": null });
  await write("and my hip");
  expect(sessionStorage.getItem("veda.drafts")).toContain("and my hip");
  await press("Sign out");
  expect(sessionStorage.getItem("veda.drafts")).not.toContain("hip");
});

describe("consent that was taken back meanwhile", () => {
  const CONSENT_ROUTES = {
    "GET /api/auth/consents": {
      version: "2026-11",
      recipients: [],
      purposes: CONFIG.consents,
      history: [],
    },
    "POST /api/auth/consent": null,
    "GET /api/auth/me": PATIENT,
  };

  async function agree() {
    await screen.findByRole("group", { name: "Needed to ask questions" });
    for (const box of screen.getAllByRole("checkbox")) await userEvent.click(box);
    await press("Go on to Veda");
  }

  test("is asked for, and the first message is still there afterwards", async () => {
    open("/chat", {
      ...CONSENT_ROUTES,
      "POST /api/conversations": refuse(403, "consent_required", "Please agree to the terms."),
    });
    await write("my knee hurts{Enter}");
    await agree();
    expect(await screen.findByText("my knee hurts")).toBeInTheDocument();
    expect(screen.getByText("Not sent")).toBeInTheDocument();
    expect(screen.queryByText("Please agree to the terms.")).not.toBeInTheDocument();
    serve({ ...ROUTES, "POST /api/conversations": conversation(CONVERSATION, "") });
    await press("Send again");
    const socket = await accept();
    await waitFor(() =>
      expect(socket.sentOf("message")).toMatchObject([{ content: "my knee hurts" }]),
    );
  });

  test("told by the socket: what was sent and what is being written both stay", async () => {
    open(`/chat/${CONVERSATION}`, CONSENT_ROUTES);
    await screen.findByText("Knees can hurt.");
    const socket = await accept();
    await write("and my hip{Enter}");
    await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
    await write("besides");
    const [{ client_message_id }] = socket.sentOf("message");
    act(() =>
      socket.deliver({
        type: "error",
        error: "consent_required",
        message: "Please agree.",
        retryable: false,
        client_message_id,
      }),
    );
    await agree();
    expect(await screen.findByText("and my hip")).toBeInTheDocument();
    expect(screen.getByText("Not sent")).toBeInTheDocument();
    expect(screen.getByLabelText("Your message")).toHaveValue("besides");
  });
});

describe("too many messages", () => {
  const TOLD = "That was too often. You can try again in 40 seconds.";

  test("over the socket: the message stays, the wait is told, and it can be sent again", async () => {
    open(`/chat/${CONVERSATION}`);
    await screen.findByText("Knees can hurt.");
    const socket = await accept();
    await write("and my hip{Enter}");
    await waitFor(() => expect(socket.sentOf("message")).toHaveLength(1));
    const [{ client_message_id }] = socket.sentOf("message");
    act(() =>
      socket.deliver({
        type: "error",
        error: "too_many_requests",
        message: "That was too often.",
        retryable: true,
        retry_after: 40,
        client_message_id,
      }),
    );
    expect(screen.getByText(TOLD)).toBeInTheDocument();
    expect(screen.getByText("and my hip")).toBeInTheDocument();
    await press("Send again");
    await waitFor(() => expect(socket.sentOf("message")).toHaveLength(2));
    expect(socket.sentOf("message")[1].client_message_id).toBe(client_message_id);
  });

  test("over REST, where the conversation can’t be made", async () => {
    const error = { code: "too_many_requests", message: "That was too often." };
    open("/chat", { "POST /api/conversations": answer(429, { error, retry_after: 40 }) });
    await write("my knee hurts{Enter}");
    expect(await screen.findByText(TOLD)).toBeInTheDocument();
    expect(screen.getByText("my knee hurts")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Send again" })).toBeInTheDocument();
  });
});
