import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { answer, serve } from "./fakeServer";
import {
  ack,
  announced,
  blocked,
  called,
  deliver,
  details,
  DETAILS,
  done,
  field,
  MESSAGES,
  numbersIn,
  open,
  press,
  ROUTES,
} from "./openConversation";
import { renderApp } from "./renderApp";
import { AT, CONVERSATION, EMERGENCY, page, PATIENT, question, reply } from "./samples";

const HELP = `/api/conversations/${CONVERSATION}/help`;

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
    expect(screen.queryByRole("button", { name: "Helpful" })).not.toBeInTheDocument();
  });

  test("isn't asked what it would like to know", async () => {
    serve(ROUTES);
    renderApp("/chat", { user: { ...PATIENT, paused_at: AT } });
    expect(await screen.findByRole("heading", { name: "Writing is paused" })).toBeInTheDocument();
    expect(screen.queryByText(/Ask as you would ask a nurse/)).not.toBeInTheDocument();
    expect(
      screen.queryByRole("button", { name: /temporary conversation/ }),
    ).not.toBeInTheDocument();
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
    expect(top.getByRole("button", { name: "Asked for a person" })).toBeVisible();
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
      [DETAILS]: details({ help }),
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
    await open({ [DETAILS]: details({ help }) });
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
    [DETAILS]: details({ staff: { name: "Amara Okafor" } }),
  };

  test("joins, writes and leaves, which is shown and announced", async () => {
    let staff = null;
    const socket = await open({
      [DETAILS]: () => details({ staff }),
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
