import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { serve } from "./fakeServer";
import { accept } from "./fakeWebSocket";
import { renderApp } from "./renderApp";
import {
  chatRoutes,
  conversation,
  CONVERSATION,
  flagOf,
  OTHER,
  PATIENT,
  question,
  reply,
} from "./samples";

/* One conversation, connected, and what the server says in it of a danger. */

export const details = (more) => conversation(CONVERSATION, "Conversation", more);
export const ROUTES = chatRoutes([details()], [conversation(OTHER, "A cough")]);
export const DETAILS = `GET /api/conversations/${CONVERSATION}`;
export const MESSAGES = `GET /api/conversations/${CONVERSATION}/messages`;

let calls;

export async function open({ path = `/chat/${CONVERSATION}`, user = PATIENT, ...routes } = {}) {
  calls = serve({ ...ROUTES, ...routes });
  renderApp(path, { user, announces: true });
  return accept();
}

export const called = (name) => calls.filter((call) => call.name === name);
export const deliver = (socket, ...frames) => act(() => socket.deliver(...frames));
export const field = () => screen.getByLabelText("Your message");
export const press = (name) => userEvent.click(screen.getByRole("button", { name }));
export const announced = () => screen.getAllByRole("status").at(-1);
export const numbersIn = (element) =>
  within(element)
    .queryAllByRole("link", { name: /555/ })
    .map((link) => link.getAttribute("href"));

export const ack = (more) => ({
  type: "ack",
  client_message_id: null,
  message: question("q1", "what is it?"),
  replyId: "r1",
  ...more,
});
export const flag = (category, more) => ({
  type: "flag",
  messageId: "r1",
  ...flagOf(category, more),
});
export const unsafe = { type: "error", error: "unsafe", messageId: "r1", retryable: false };
export const done = (content, metadata, more) => ({
  type: "done",
  message: reply("r1", content, { reply_to: "q1", metadata, ...more }),
});
export const blocked = (category, more) => [
  ack(),
  flag(category, more),
  unsafe,
  done("Thank you for writing.", { kind: "safety", flag: flagOf(category, more) }),
];
