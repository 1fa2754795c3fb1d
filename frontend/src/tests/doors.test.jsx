import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { refuse, serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { CONFIG, CONVERSATION, page, PATIENT } from "./samples";

const OPEN = {
  "GET /api/config": CONFIG,
  "GET /api/auth/me": PATIENT,
  "GET /api/conversations": page([]),
  "POST /api/auth/login": { access: "a" },
};
const press = (name) => userEvent.click(screen.getByRole("button", { name }));

async function fill(values) {
  for (const [label, text] of Object.entries(values)) {
    await userEvent.type(screen.getByLabelText(label), text);
  }
}

describe("signing in", () => {
  const credentials = { "E-mail": "margaret@example.org", Password: "three words here" };

  test("leads to the chat", async () => {
    const calls = serve(OPEN);
    renderApp("/login");
    await fill(credentials);
    await press("Sign in");
    expect(await screen.findByText("What would you like to know, Margaret?")).toBeInTheDocument();
    expect(calls[0]).toMatchObject({
      name: "POST /api/auth/login",
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
    const calls = serve({});
    renderApp("/login");
    await press("Sign in");
    expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(/Write your e-mail/);
    expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("Write your password.");
    await waitFor(() => expect(screen.getByLabelText("E-mail")).toHaveFocus());
    expect(document.querySelector("form").noValidate).toBe(true);
    expect(calls).toEqual([]);
  });

  test("can show the password", async () => {
    serve(OPEN);
    renderApp("/login");
    expect(screen.getByLabelText("Password")).toHaveAttribute("type", "password");
    await press("Show the password");
    expect(screen.getByLabelText("Password")).toHaveAttribute("type", "text");
  });
});

describe("registering", () => {
  const details = {
    Name: "Margaret Ellis",
    "E-mail": "margaret@example.org",
    Password: "three words here",
  };

  test("sends the consent only when it was given", async () => {
    const calls = serve({ ...OPEN, "POST /api/auth/register": PATIENT });
    renderApp("/register");
    const consent = screen.getByRole("checkbox", { name: /I agree to the terms/ });
    expect(consent).not.toBeChecked();
    await fill(details);
    await press("Create account");
    const sent = calls.filter(({ name }) => name === "POST /api/auth/register");
    expect(sent[0].body).not.toHaveProperty("consent");
    expect(sent[0].body).not.toHaveProperty("country");
  });

  test("sends the version of the terms that were agreed to, and signs in", async () => {
    const calls = serve({ ...OPEN, "POST /api/auth/register": PATIENT });
    renderApp("/register");
    await fill(details);
    await screen.findByText(/version 2026-11/);
    await userEvent.click(screen.getByRole("checkbox"));
    await press("Create account");
    expect(await screen.findByText("What would you like to know, Margaret?")).toBeInTheDocument();
    expect(calls.find(({ name }) => name.endsWith("/register")).body.consent).toBe("2026-11");
  });

  test("sends the country when it was chosen, and says what it is for", async () => {
    const calls = serve({ ...OPEN, "POST /api/auth/register": PATIENT });
    renderApp("/register");
    await fill(details);
    await screen.findByRole("option", { name: "Ireland" });
    const country = screen.getByLabelText("Country");
    expect(country).toHaveDisplayValue("Choose, for the right emergency numbers");
    expect(country).toHaveAccessibleDescription(
      "So that Veda shows the emergency numbers of where you are.",
    );
    await userEvent.selectOptions(country, "Ireland");
    await press("Create account");
    const { body } = calls.find(({ name }) => name.endsWith("/register"));
    expect(body.country).toBe("IE");
  });

  test("says in its own words what is missing, and takes it back as one writes", async () => {
    const calls = serve(OPEN);
    renderApp("/register");
    const password = screen.getByLabelText("Password");
    expect(password).toHaveAccessibleDescription("At least 12 characters.");
    await userEvent.type(screen.getByLabelText("E-mail"), "margaret");
    await press("Create account");
    const name = screen.getByLabelText("Name");
    expect(name).toHaveAccessibleDescription("Write your name.");
    expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(/like name@example.org/);
    expect(password).toHaveAccessibleDescription(/Choose a password/);
    await waitFor(() => expect(name).toHaveFocus());
    await userEvent.type(name, "M");
    expect(name).not.toHaveAccessibleDescription();
    expect(calls.some(({ name: called }) => called.startsWith("POST"))).toBe(false);
  });

  test("shows each field's error at the field and goes there", async () => {
    const fields = { password: ["Use at least 12 characters."] };
    serve({ ...OPEN, "POST /api/auth/register": refuse(400, "invalid", "Look again.", fields) });
    renderApp("/register");
    await fill(details);
    await press("Create account");
    expect(await screen.findByText("Use at least 12 characters.")).toBeInTheDocument();
    const password = screen.getByLabelText("Password");
    expect(password).toBeInvalid();
    expect(password).toHaveAccessibleDescription("Use at least 12 characters.");
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  test("shows other errors above the form", async () => {
    const taken = refuse(400, "email_taken", "There is an account with this e-mail.");
    serve({ ...OPEN, "POST /api/auth/register": taken });
    renderApp("/register");
    await fill(details);
    await press("Create account");
    expect(await screen.findByRole("alert")).toHaveTextContent("There is an account");
  });
});

describe("consent", () => {
  test("is asked for before the chat, and then it opens", async () => {
    let agreed = false;
    const calls = serve({
      ...OPEN,
      "POST /api/auth/consent": () => {
        agreed = true;
      },
      "GET /api/auth/me": () => ({ ...PATIENT, consent_current: agreed }),
    });
    renderApp("/chat", { user: { ...PATIENT, consent_current: false } });
    expect(screen.getByText(/Tick the box to go on/)).toBeInTheDocument();
    await screen.findByText(/version 2026-11/);
    await userEvent.click(screen.getByRole("checkbox"));
    await press("Go on to Veda");
    expect(await screen.findByText("What would you like to know, Margaret?")).toBeInTheDocument();
    expect(calls.find(({ name }) => name.endsWith("/consent")).body).toEqual({
      version: "2026-11",
    });
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
