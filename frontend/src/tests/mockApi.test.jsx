import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { api } from "../services/api";
import { startMock } from "../services/mockApi";
import { renderApp } from "./renderApp";

const { adapter } = api.defaults;

beforeEach(startMock);
afterEach(() => {
  api.defaults.adapter = adapter;
});

const press = (name) => userEvent.click(screen.getByRole("button", { name }));

test("without a back end one signs in, asks, reads the answer as it comes, and stops another", async () => {
  renderApp("/login");
  await userEvent.type(screen.getByLabelText("E-mail"), "margaret@example.org");
  await userEvent.type(screen.getByLabelText("Password"), "anything");
  await press("Sign in");
  await userEvent.type(await screen.findByLabelText("Your message"), "does it work?{Enter}");

  const answer = await screen.findByRole("article", { name: "Answer from Veda" });
  await waitFor(() => expect(answer).toHaveTextContent("This answer is"));
  expect(answer).toHaveAttribute("aria-busy", "true");
  await waitFor(() => expect(answer).toHaveAttribute("aria-busy", "false"), { timeout: 60_000 });
  expect(answer).toHaveTextContent("nothing here is information about health");
  expect(screen.getByRole("link", { name: "does it work?" })).toBeInTheDocument();

  await press("Answer again");
  await press("Stop");
  expect(await screen.findByText("You stopped this answer.")).toBeInTheDocument();
  await press("Previous answer");
  expect(screen.getByRole("article", { name: "Answer from Veda" })).toHaveTextContent("A number");
});
