import { screen, within } from "@testing-library/react";

import { serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { CONFIG, PATIENT } from "./samples";

const open = (path, config = {}, user = null) => {
  serve({ "GET /api/config": { ...CONFIG, ...config } });
  renderApp(path, { user });
};
const heading = (name) => screen.findByRole("heading", { level: 1, name });

test.each([
  ["somebody who isn’t signed in", null, "/emergency"],
  ["a patient", PATIENT, "/emergency#GB"],
])("the terms are there for %s, with the version that is agreed to", async (_, user, numbers) => {
  open("/terms", {}, user);
  expect(await heading("Terms of use")).toHaveFocus();
  expect(await screen.findByText(/This is version 2026-\u206011\./)).toBeInTheDocument();
  expect(await screen.findByText("Veda is for people of 16 years or older.")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "emergency numbers" })).toHaveAttribute("href", numbers);
});

test("where those who run it have terms of their own, these are what one agrees to", async () => {
  open("/terms", { operator: { ...CONFIG.operator, terms_url: "https://example.org/t" } });
  const link = await screen.findByRole("link", { name: "terms of those who run this Veda" });
  expect(link).toHaveAttribute("href", "https://example.org/t");
  expect(screen.queryByText(/This is version/)).not.toBeInTheDocument();
});

test("how long words are kept, and who receives them, is what is set here", async () => {
  open("/privacy", {
    conversation_retention_days: 90,
    recipients: [{ name: "Pinecone", receives: "your question as numbers" }],
  });
  await heading("How Veda uses what you write");
  expect(await screen.findByText(/erased 90 days after their last message/)).toBeInTheDocument();
  expect(screen.getByText("Pinecone")).toBeInTheDocument();
});

test("without a term conversations are kept until they are deleted", async () => {
  open("/privacy");
  expect(
    await screen.findByText(/Conversations are kept until you delete them\./),
  ).toBeInTheDocument();
  expect(screen.getByText("No other company receives anything that you write.")).toBeVisible();
});

test.each([
  [{ speech: false, pictures: false }, "Speaking isn’t set up here.", "Photos aren’t set up here."],
  [{ speech: true, pictures: true }, /You can speak instead/, /You can add photos/],
])("what can’t be done here is said: %j", async (inputs, speech, pictures) => {
  open("/about", { inputs, operator: { ...CONFIG.operator, name: "Hill Practice" } });
  expect(await screen.findByText(speech)).toBeInTheDocument();
  expect(screen.getByText(pictures)).toBeInTheDocument();
  const who = screen.getByRole("heading", { name: "Who runs it" }).closest("section");
  expect(within(who).getByText(/Hill Practice/)).toBeInTheDocument();
  expect(screen.queryByText(/haven’t given their name/)).not.toBeInTheDocument();
});

test("every page before the chat leads to them", async () => {
  open("/login");
  const foot = within(await screen.findByRole("contentinfo"));
  for (const [name, address] of [
    ["About Veda", "/about"],
    ["Terms of use", "/terms"],
    ["How Veda uses what you write", "/privacy"],
  ]) {
    expect(foot.getByRole("link", { name })).toHaveAttribute("href", address);
  }
});
