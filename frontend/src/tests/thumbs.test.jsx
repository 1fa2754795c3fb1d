import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { answer, later, refuse } from "./fakeServer";
import { announced, called, MESSAGES, open, press } from "./openConversation";
import { CONVERSATION, EMERGENCY, flagOf, page, question, reply } from "./samples";

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
