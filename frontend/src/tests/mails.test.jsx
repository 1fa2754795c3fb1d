import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { useAuthStore } from "../stores/authStore";
import { refuse, serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { CONFIG, page, PATIENT } from "./samples";

const OPEN = {
  "GET /api/config": CONFIG,
  "GET /api/auth/me": PATIENT,
  "GET /api/conversations": page([]),
};
const press = (name) => userEvent.click(screen.getByRole("button", { name }));
const bodies = (calls, name) => calls.filter((call) => call.name === name).map(({ body }) => body);
const address = () => screen.getByTestId("address");

describe("a forgotten password", () => {
  const RESET = "POST /api/auth/password/reset";

  async function ask(email) {
    await userEvent.type(screen.getByLabelText("E-mail"), email);
    await press("Send the link");
  }

  test("a link is sent, with the same words whether or not there is an account", async () => {
    const calls = serve({ ...OPEN, [RESET]: null });
    renderApp("/forgot-password");
    await ask("margaret@example.org ");
    const title = await screen.findByRole("heading", { name: "Look into your mail" });
    expect(title).toHaveFocus();
    expect(screen.getByText(/If there is an account with/)).toHaveTextContent(
      "margaret@example.org",
    );
    expect(bodies(calls, RESET)).toEqual([{ email: "margaret@example.org" }]);
    await press("Send it again");
    expect(screen.getByLabelText("E-mail")).toBeInTheDocument();
  });

  test("no address, no call", async () => {
    const calls = serve(OPEN);
    renderApp("/forgot-password");
    await ask("margaret");
    expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(/like name@example.org/);
    expect(bodies(calls, RESET)).toEqual([]);
  });

  test("where no mail is sent it says so", async () => {
    const words = "Veda can’t send mail here.";
    serve({ ...OPEN, [RESET]: refuse(503, "mail_unavailable", words) });
    renderApp("/forgot-password");
    await ask("margaret@example.org");
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
  });
});

describe("the link to a new password", () => {
  const CONFIRM = "POST /api/auth/password/reset/confirm";

  async function choose(password) {
    await userEvent.type(await screen.findByLabelText("New password"), password);
    await press("Save the new password");
  }

  test("leaves the address bar at once, and saves the password", async () => {
    const calls = serve({ ...OPEN, [CONFIRM]: null });
    renderApp("/reset-password#uid.token-1");
    await waitFor(() => expect(address()).toHaveTextContent(/^\/reset-password$/));
    await choose("four words in a row");
    const title = await screen.findByRole("heading", { name: "Your new password is saved" });
    expect(title).toHaveFocus();
    expect(bodies(calls, CONFIRM)).toEqual([
      { token: "uid.token-1", password: "four words in a row" },
    ]);
    await userEvent.click(screen.getByRole("link", { name: "Sign in" }));
    expect(address()).toHaveTextContent("/login");
  });

  test("signs out whoever is signed in here", async () => {
    const calls = serve({ ...OPEN, [CONFIRM]: null, "POST /api/auth/logout": null });
    renderApp("/reset-password#t", { user: PATIENT });
    await choose("four words in a row");
    await screen.findByRole("heading", { name: "Your new password is saved" });
    expect(useAuthStore.getState()).toMatchObject({ status: "signedOut", user: null });
    expect(bodies(calls, "POST /api/auth/logout")).toHaveLength(1);
  });

  test("that is used or too old offers a new one", async () => {
    serve({ ...OPEN, [CONFIRM]: refuse(400, "link_invalid") });
    renderApp("/reset-password#t");
    await choose("four words in a row");
    expect(await screen.findByText("This link doesn’t work any more")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("link", { name: "Send a new link" }));
    expect(address()).toHaveTextContent("/forgot-password");
  });

  test("without its token is no link", () => {
    serve(OPEN);
    renderApp("/reset-password");
    expect(screen.getByText("This link doesn’t work any more")).toBeInTheDocument();
    expect(screen.queryByLabelText("New password")).not.toBeInTheDocument();
  });

  test("keeps its token while the password is refused", async () => {
    const fields = { password: ["This password is too common."] };
    serve({ ...OPEN, [CONFIRM]: refuse(400, "invalid", "Look again.", fields) });
    renderApp("/reset-password#t");
    await choose("passwordpassword");
    await waitFor(() =>
      expect(screen.getByLabelText("New password")).toHaveAccessibleDescription(/too common/),
    );
    const calls = serve({ ...OPEN, [CONFIRM]: null });
    await choose("x");
    await screen.findByRole("heading", { name: "Your new password is saved" });
    expect(bodies(calls, CONFIRM)[0].token).toBe("t");
  });
});

describe("the link that confirms an address", () => {
  const CONFIRM = "POST /api/auth/email/confirm";

  test("confirms nothing before somebody says so", async () => {
    const calls = serve({ ...OPEN, [CONFIRM]: null });
    renderApp("/confirm-email#token-1");
    await waitFor(() => expect(address()).toHaveTextContent(/^\/confirm-email$/));
    expect(bodies(calls, CONFIRM)).toEqual([]);
    await press("Yes, it is mine");
    expect(await screen.findByText("Your e-mail address is confirmed")).toBeInTheDocument();
    expect(bodies(calls, CONFIRM)).toEqual([{ token: "token-1" }]);
  });

  test("shows in the account of whoever is signed in here", async () => {
    serve({ ...OPEN, [CONFIRM]: null });
    renderApp("/confirm-email#t", { user: { ...PATIENT, email_confirmed: false } });
    await press("Yes, it is mine");
    await screen.findByText("Your e-mail address is confirmed");
    expect(useAuthStore.getState().user.email_confirmed).toBe(true);
  });

  test("that doesn’t work says what to do", async () => {
    serve({ ...OPEN, [CONFIRM]: refuse(400, "link_invalid") });
    renderApp("/confirm-email#t");
    await press("Yes, it is mine");
    expect(await screen.findByText("This link doesn’t work any more")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Go to your account" })).toBeInTheDocument();
  });
});
