import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { chatRoutes, conversation, CONVERSATION, OTHER, PATIENT, question, reply } from "./samples";

/* A patient with two conversations, each of one question and its answer. */

export const KNEE = conversation(CONVERSATION, "Knee pain");
export const COUGH = conversation(OTHER, "A cough");
export const ROUTES = chatRoutes(
  [KNEE, [question("q1", "why does my knee hurt?"), reply("r1", "Knees can hurt.")]],
  [COUGH, [question("q2", "how long does a cough last?"), reply("r2", "About three weeks.")]],
);

export function open(path, routes = {}) {
  const calls = serve({ ...ROUTES, ...routes });
  renderApp(path, { user: PATIENT });
  return calls;
}

export const write = (text) => userEvent.type(screen.getByLabelText("Your message"), text);
export const press = (name) => userEvent.click(screen.getByRole("button", { name }));
