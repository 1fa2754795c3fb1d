import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { useAuthStore } from "../stores/authStore";
import { fill, OPEN, press } from "./doors";
import { serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { CONFIG, page, PATIENT } from "./samples";

describe("consent", () => {
  const NOT_AGREED = { ...PATIENT, consent_current: false };
  const STATE = { version: "2026-11", recipients: [], purposes: CONFIG.consents, history: [] };
  const CONSENTS = "GET /api/auth/consents";
  const row = (more) => ({
    purpose: "terms",
    version: "2026-11",
    recipients: [],
    given_at: "2026-01-05T12:00:00Z",
    withdrawn_at: null,
    ...more,
  });

  async function agreeToAll() {
    for (const checkbox of await screen.findAllByRole("checkbox")) await userEvent.click(checkbox);
  }

  test("is asked for before the chat, and then it opens", async () => {
    let agreed = false;
    const calls = serve({
      ...OPEN,
      [CONSENTS]: STATE,
      "POST /api/auth/consent": () => {
        agreed = true;
      },
      "GET /api/auth/me": () => ({ ...PATIENT, consent_current: agreed }),
    });
    renderApp("/chat", { user: NOT_AGREED });
    await screen.findByRole("group", { name: "Your choice" });
    await press("Go on to Veda");
    const terms = screen.getByRole("checkbox", { name: /agree to the terms/ });
    await waitFor(() => expect(terms).toHaveFocus());
    expect(terms).toBeInvalid();
    await userEvent.click(terms);
    await userEvent.click(screen.getByRole("checkbox", { name: /stores what I write/ }));
    await press("Go on to Veda");
    expect(await screen.findByText("What would you like to know, Margaret?")).toBeInTheDocument();
    const sent = calls.filter(({ name }) => name === "POST /api/auth/consent");
    expect(sent.map(({ body }) => body)).toEqual([
      { version: "2026-11", purposes: ["terms", "health_data"] },
    ]);
  });

  test("asks for the year of birth where nobody knows it", async () => {
    const calls = serve({ ...OPEN, [CONSENTS]: STATE, "POST /api/auth/consent": {} });
    renderApp("/chat", { user: { ...NOT_AGREED, year_of_birth: null } });
    await agreeToAll();
    await press("Go on to Veda");
    expect(screen.getByLabelText("Year of birth")).toBeInvalid();
    await fill({ "Year of birth": "1961" });
    await press("Go on to Veda");
    await screen.findByText("What would you like to know, Margaret?");
    const { body } = calls.find(({ name }) => name === "POST /api/auth/consent");
    expect(body.year_of_birth).toBe(1961);
    expect(body.purposes).toEqual(["terms", "health_data", "staff_reading", "improvement"]);
  });

  const PINECONE = { name: "Pinecone", receives: "your question as numbers" };
  test.each([
    ["nothing was agreed to yet", { history: [] }, /needs your agreement before/],
    ["the terms are new", { history: [row({ version: "2025-01" })] }, /terms of use have changed/],
    [
      "somebody new receives data",
      { recipients: [PINECONE], history: [row({ version: "2025-01" })] },
      /5 January 2026.*Pinecone now also receives some of your data/,
    ],
    [
      "somebody receives it no longer",
      { history: [row({ version: "2025-01", recipients: [PINECONE] })] },
      /Pinecone no longer does/,
    ],
    [
      "it was taken back",
      {
        history: [
          row({ version: "2025-01", recipients: [PINECONE], given_at: "2025-01-05T12:00:00Z" }),
          row({ withdrawn_at: "2026-02-05T12:00:00Z" }),
        ],
      },
      /You took back an agreement/,
    ],
  ])("says why it is asked for: %s", async (name, state, words) => {
    serve({ ...OPEN, [CONSENTS]: { ...STATE, ...state } });
    renderApp("/chat", { user: NOT_AGREED });
    expect(await screen.findByText(words)).toBeInTheDocument();
  });

  test("doesn’t stand before the account and its data", async () => {
    serve({ ...OPEN, [CONSENTS]: STATE, "GET /api/auth/devices": page([]) });
    renderApp("/chat", { user: NOT_AGREED });
    await userEvent.click(await screen.findByRole("link", { name: /Your account and your data/ }));
    expect(await screen.findByRole("heading", { name: "Your account" })).toHaveFocus();
  });

  test("where Veda can’t be reached, numbers to call stand on the page itself", () => {
    serve({ ...OPEN, [CONSENTS]: STATE });
    renderApp("/chat", { user: NOT_AGREED });
    act(() => useAuthStore.getState().unreachable());
    const links = ["999", "911", "112", "000"].map((name) => screen.getByRole("link", { name }));
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      "tel:999",
      "tel:911",
      "tel:112",
      "tel:000",
    ]);
    expect(screen.getByRole("link", { name: "Emergency numbers" })).toBeInTheDocument();
  });
});
