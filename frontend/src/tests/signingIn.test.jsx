import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { fill, OPEN, press } from "./doors";
import { answer, refuse, serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { CONFIG, CONVERSATION } from "./samples";

describe("signing in", () => {
  const credentials = { "E-mail": "margaret@example.org", Password: "three words here" };

  test("leads to the chat", async () => {
    const calls = serve(OPEN);
    renderApp("/login");
    await fill(credentials);
    await press("Sign in");
    expect(await screen.findByText("What would you like to know, Margaret?")).toBeInTheDocument();
    expect(calls.find(({ name }) => name === "POST /api/auth/login")).toMatchObject({
      headers: { "X-Veda-Client": "web" },
      body: { email: "margaret@example.org", password: "three words here" },
    });
  });

  test("leads back to where one was going", async () => {
    serve({
      ...OPEN,
      [`GET /api/conversations/${CONVERSATION}`]: refuse(404, "not_found"),
      [`GET /api/conversations/${CONVERSATION}/messages`]: refuse(404, "not_found"),
    });
    renderApp(`/chat/${CONVERSATION}`);
    expect(await screen.findByRole("heading", { name: "Sign in" })).toBeInTheDocument();
    await fill(credentials);
    await press("Sign in");
    expect(await screen.findByText("This conversation isn’t here any more")).toBeInTheDocument();
    expect(screen.getByTestId("address")).toHaveTextContent(`/chat/${CONVERSATION}`);
  });

  test("says what is wrong and keeps what was written", async () => {
    const message = "E-mail and password don’t go together.";
    serve({ ...OPEN, "POST /api/auth/login": refuse(401, "invalid_credentials", message) });
    renderApp("/login");
    await fill(credentials);
    await press("Sign in");
    expect(await screen.findByRole("alert")).toHaveTextContent(message);
    expect(screen.getByLabelText("E-mail")).toHaveValue("margaret@example.org");
  });

  test("says in its own words what is missing, and asks nothing of the server", async () => {
    const calls = serve(OPEN);
    renderApp("/login");
    await press("Sign in");
    expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(/Write your e-mail/);
    expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("Write your password.");
    await waitFor(() => expect(screen.getByLabelText("E-mail")).toHaveFocus());
    expect(document.querySelector("form").noValidate).toBe(true);
    expect(calls.map(({ name }) => name)).toEqual(["GET /api/config"]);
  });

  test("can show the password", async () => {
    serve(OPEN);
    renderApp("/login");
    expect(screen.getByLabelText("Password")).toHaveAttribute("type", "password");
    await press("Show the password");
    expect(screen.getByLabelText("Password")).toHaveAttribute("type", "text");
  });
});

describe("what signing in offers", () => {
  const config = (more) => ({ ...OPEN, "GET /api/config": { ...CONFIG, ...more } });
  const link = (name) => screen.queryByRole("link", { name });
  const loaded = () => screen.findByRole("link", { name: "Forgot your password?" });

  test("Google only where it is set up, and back to where one was going", async () => {
    serve(config({ google: true }));
    renderApp(`/chat/${CONVERSATION}?q=a%20b`);
    await screen.findByRole("link", { name: "Continue with Google" });
    const { href } = link("Continue with Google");
    expect(new URL(href).pathname).toBe("/api/auth/google/login");
    expect(new URL(href).searchParams.get("next")).toBe(`/chat/${CONVERSATION}?q=a%20b`);
  });

  test("no Google otherwise", async () => {
    serve(config({ google: false }));
    renderApp("/login");
    await loaded();
    expect(link("Continue with Google")).not.toBeInTheDocument();
  });

  test("no link by mail where no mail is sent", async () => {
    serve(config({ mail: false, google: true }));
    renderApp("/login");
    await screen.findByRole("link", { name: "Continue with Google" });
    expect(link("Forgot your password?")).not.toBeInTheDocument();
  });

  test("no new account where registration is closed", async () => {
    serve(config({ registration: "closed" }));
    renderApp("/login");
    await loaded();
    expect(link("Create an account")).not.toBeInTheDocument();
  });

  test.each([
    ["google_off", /isn’t set up here/],
    ["google_failed", /didn’t work/],
    ["google_cancelled", /didn’t finish/],
    ["google_unconfirmed", /isn’t confirmed/],
    ["registration_closed", /none can be created here/],
    ["account_disabled", /is disabled/],
  ])("says what %s means", async (error, words) => {
    serve(OPEN);
    renderApp(`/login?error=${error}`);
    expect(await screen.findByText(words)).toBeInTheDocument();
  });

  test("an unknown error in the address says nothing", async () => {
    serve(OPEN);
    renderApp("/login?error=constructor");
    await loaded();
    expect(document.querySelector("form svg")).not.toBeInTheDocument();
  });

  test("too many tries: how long to wait", async () => {
    const tooMany = answer(429, {
      error: { code: "too_many_requests", message: "That was too often." },
      retry_after: 700,
    });
    serve({ ...OPEN, "POST /api/auth/login": tooMany });
    renderApp("/login");
    await fill({ "E-mail": "margaret@example.org", Password: "three words here" });
    await press("Sign in");
    expect(await screen.findByRole("alert")).toHaveTextContent(
      "That was too often. You can try again in 12 minutes.",
    );
  });
});

describe("the second step", () => {
  const credentials = { "E-mail": "margaret@example.org", Password: "three words here" };
  const LOGIN = "POST /api/auth/login";

  function login({ body }) {
    if (!body.code) return refuse(401, "second_factor_required", "Please enter the code.");
    if (body.code !== "123456") return refuse(401, "second_factor_wrong", "This code is wrong.");
    return { access: "a" };
  }

  test("asks for the code, says at the field where it is wrong, and then signs in", async () => {
    const calls = serve({ ...OPEN, [LOGIN]: login });
    renderApp("/login");
    await fill(credentials);
    await press("Sign in");
    const code = await screen.findByLabelText("Code");
    expect(code).toHaveFocus();
    expect(code).toHaveAttribute("autocomplete", "one-time-code");
    await press("Sign in");
    expect(code).toHaveAccessibleDescription("Write the code.");
    await userEvent.type(code, "000000");
    await press("Sign in");
    await waitFor(() => expect(code).toHaveAccessibleDescription("This code is wrong."));
    await waitFor(() => expect(code).toHaveFocus());
    await userEvent.clear(code);
    await userEvent.type(code, "123 456");
    await press("Sign in");
    expect(await screen.findByText("What would you like to know, Margaret?")).toBeInTheDocument();
    expect(calls.filter(({ name }) => name === LOGIN).at(-1).body).toEqual({
      email: "margaret@example.org",
      password: "three words here",
      code: "123456",
    });
  });

  test("can be left again", async () => {
    serve({ ...OPEN, [LOGIN]: login });
    renderApp("/login");
    await fill(credentials);
    await press("Sign in");
    await screen.findByLabelText("Code");
    await press("Back");
    expect(screen.getByLabelText("Password")).toHaveValue("");
  });

  test("ends a sign-in that began at Google", async () => {
    const GOOGLE = "POST /api/auth/google/second-factor";
    const calls = serve({ ...OPEN, [GOOGLE]: { access: "a" } });
    renderApp("/login?step=code");
    await userEvent.type(screen.getByLabelText("Code"), "123456");
    await press("Sign in");
    expect(await screen.findByText("What would you like to know, Margaret?")).toBeInTheDocument();
    expect(calls.find(({ name }) => name === GOOGLE)).toMatchObject({
      headers: { "X-Veda-Client": "web" },
      body: { code: "123456" },
    });
  });

  test("that came too late leads back to the first", async () => {
    const late = refuse(401, "invalid_token", "Please sign in again.");
    serve({ ...OPEN, "POST /api/auth/google/second-factor": late });
    renderApp("/login?step=code");
    await userEvent.type(screen.getByLabelText("Code"), "123456");
    await press("Sign in");
    expect(await screen.findByRole("alert")).toHaveTextContent("Please sign in again.");
    await press("Back");
    expect(await screen.findByLabelText("Password")).toBeInTheDocument();
    expect(screen.getByTestId("address")).toHaveTextContent(/^\/login$/);
  });
});

test("the emergency numbers are an ordinary link on every page", () => {
  serve(OPEN);
  renderApp("/login");
  expect(screen.getByRole("link", { name: "Emergency numbers" })).toHaveAttribute(
    "href",
    "/emergency",
  );
});
