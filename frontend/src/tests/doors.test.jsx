import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { answer, cutOff, refuse, serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { CONFIG, CONVERSATION, page, PATIENT } from "./samples";
import { useAuthStore } from "../stores/authStore";

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

describe("registering", () => {
  const details = {
    Name: "Margaret Ellis",
    "E-mail": "margaret@example.org",
    Password: "three words here",
    "Year of birth": "1961",
  };
  const box = (words) => screen.getByRole("checkbox", { name: words });

  async function agree() {
    await userEvent.click(await screen.findByRole("checkbox", { name: /agree to the terms/ }));
    await userEvent.click(box(/stores what I write/));
  }

  const sentTo = (calls, name) =>
    calls.filter((call) => call.name === name).map(({ body }) => body);
  const REGISTER = "POST /api/auth/register";

  test("asks for each consent on its own, unticked, the needed ones apart from the free ones", async () => {
    serve(OPEN);
    renderApp("/register");
    const needed = await screen.findByRole("group", { name: "Needed to ask questions" });
    const free = screen.getByRole("group", { name: "Your choice" });
    expect(within(needed).getAllByRole("checkbox")).toHaveLength(2);
    expect(within(free).getAllByRole("checkbox")).toHaveLength(2);
    for (const checkbox of screen.getAllByRole("checkbox")) expect(checkbox).not.toBeChecked();
    expect(needed).toHaveTextContent("No other company receives anything that you write.");
  });

  test("without the needed consents nothing is sent, and it says so at the boxes", async () => {
    const calls = serve(OPEN);
    renderApp("/register");
    await screen.findByRole("group", { name: "Your choice" });
    await fill(details);
    await userEvent.click(box(/stores what I write/));
    await press("Create account");
    const terms = box(/agree to the terms/);
    expect(terms).toBeInvalid();
    expect(terms).toHaveAccessibleDescription(/can’t answer you without this/);
    await waitFor(() => expect(terms).toHaveFocus());
    expect(box(/stores what I write/)).toBeValid();
    expect(box(/Staff of this service/)).toBeValid();
    expect(sentTo(calls, REGISTER)).toEqual([]);
  });

  test("sends the version that was agreed to, and signs in", async () => {
    const calls = serve({ ...OPEN, [REGISTER]: PATIENT });
    renderApp("/register");
    await agree();
    await fill(details);
    await press("Create account");
    expect(await screen.findByText("What would you like to know, Margaret?")).toBeInTheDocument();
    expect(sentTo(calls, REGISTER)).toEqual([
      {
        name: "Margaret Ellis",
        email: "margaret@example.org",
        password: "three words here",
        year_of_birth: 1961,
        consent: "2026-11",
      },
    ]);
  });

  test("names the free consents that were given", async () => {
    const calls = serve({ ...OPEN, [REGISTER]: PATIENT });
    renderApp("/register");
    await agree();
    await userEvent.click(box(/make Veda’s answers better/));
    await fill(details);
    await press("Create account");
    await screen.findByText("What would you like to know, Margaret?");
    expect(sentTo(calls, REGISTER)[0].purposes).toEqual(["improvement"]);
  });

  test("names those who receive some of the data", async () => {
    const recipients = [{ name: "Pinecone", receives: "your question as numbers" }];
    serve({ ...OPEN, "GET /api/config": { ...CONFIG, recipients } });
    renderApp("/register");
    const named = await screen.findByText(/receives your question as numbers/);
    expect(named).toHaveTextContent("Pinecone receives your question as numbers");
  });

  test("says on what terms staff may read, and where the emergency numbers are", async () => {
    serve(OPEN);
    renderApp("/register");
    await screen.findByRole("group", { name: "Your choice" });
    expect(box(/Staff of this service/)).toHaveAccessibleName(
      /Without this they may still read a conversation in which Veda noted a serious danger/,
    );
    expect(screen.getByRole("link", { name: "emergency numbers" })).toHaveAttribute(
      "href",
      "/emergency",
    );
  });

  const form = async () => within((await screen.findByLabelText("Password")).form);
  const OURS = [
    ["Terms of use", "/terms"],
    ["How Veda uses what you write", "/privacy"],
  ];

  test("names who runs the service, and leads to their papers", async () => {
    const operator = {
      name: "Hill Practice",
      contact: "care@example.org",
      terms_url: "https://example.org/terms",
      privacy_url: "https://example.org/privacy",
    };
    serve({ ...OPEN, "GET /api/config": { ...CONFIG, operator } });
    renderApp("/register");
    const { getByRole, getByText } = await form();
    expect(getByText(/Veda is run here by Hill Practice\./)).toBeInTheDocument();
    expect(getByRole("link", { name: operator.contact })).toHaveAttribute(
      "href",
      "mailto:care@example.org",
    );
    for (const [name, url] of [
      [/^Terms of use/, operator.terms_url],
      [/^How Veda uses what you write/, "/privacy"],
      [/^Privacy notice/, operator.privacy_url],
    ]) {
      const link = getByRole("link", { name });
      expect(link).toHaveAttribute("href", url);
      expect(link).toHaveAttribute("target", "_blank");
      expect(link.rel).toContain("noopener");
    }
  });

  test.each([
    ["which are empty", CONFIG.operator],
    ["from an older server", undefined],
  ])("leads to Veda’s own where an operator told nothing: fields %s", async (name, operator) => {
    serve({ ...OPEN, "GET /api/config": { ...CONFIG, operator } });
    renderApp("/register");
    const { getByRole, queryByRole } = await form();
    for (const [paper, address] of OURS) {
      const link = getByRole("link", { name: new RegExp(`^${paper}`) });
      expect(link).toHaveAttribute("href", address);
    }
    expect(screen.queryByText(/is run here by/)).not.toBeInTheDocument();
    expect(queryByRole("link", { name: /^Privacy notice/ })).not.toBeInTheDocument();
  });

  test.each(["61", "1899", "2999", "abcd"])("doesn’t take %s for a year", async (year) => {
    const calls = serve(OPEN);
    renderApp("/register");
    await agree();
    await fill({ ...details, "Year of birth": year });
    await press("Create account");
    const field = screen.getByLabelText("Year of birth");
    expect(field).toHaveAccessibleDescription(/four digits/);
    expect(sentTo(calls, REGISTER)).toEqual([]);
  });

  const TOO_YOUNG = "Veda is for people of 16 years or older.";

  test("tells at once that the password is short, somebody too young and a box empty", async () => {
    const calls = serve(OPEN);
    renderApp("/register");
    await screen.findByRole("group", { name: "Your choice" });
    const year = String(new Date().getUTCFullYear() - 15);
    await fill({ ...details, Password: "eleven char", "Year of birth": year });
    await press("Create account");
    const password = screen.getByLabelText("Password");
    expect(password).toHaveAccessibleDescription(/at least 12 characters/);
    expect(password).toBeInvalid();
    expect(screen.getByLabelText("Year of birth")).toHaveAccessibleDescription(TOO_YOUNG);
    expect(screen.getByLabelText("Year of birth")).toBeInvalid();
    expect(box(/agree to the terms/)).toBeInvalid();
    expect(sentTo(calls, REGISTER)).toEqual([]);
  });

  test("takes somebody who is just old enough, and tells at the field what the server refuses", async () => {
    const refused = refuse(400, "too_young", TOO_YOUNG, { year_of_birth: [TOO_YOUNG] });
    const calls = serve({ ...OPEN, [REGISTER]: refused });
    renderApp("/register");
    await agree();
    const year = new Date().getUTCFullYear() - 16;
    await fill({ ...details, Password: "twelve chars", "Year of birth": String(year) });
    await press("Create account");
    await waitFor(() => expect(screen.getByLabelText("Year of birth")).toBeInvalid());
    expect(screen.getByLabelText("Year of birth")).toHaveAccessibleDescription(TOO_YOUNG);
    expect(sentTo(calls, REGISTER)[0].year_of_birth).toBe(year);
  });

  test("asks for no year where there is no least age", async () => {
    serve({ ...OPEN, "GET /api/config": { ...CONFIG, minimum_age: 0 } });
    renderApp("/register");
    await screen.findByRole("group", { name: "Your choice" });
    expect(screen.queryByLabelText("Year of birth")).not.toBeInTheDocument();
  });

  test("waits for what is to be agreed to, and says so where it doesn’t come", async () => {
    serve({ ...OPEN, "GET /api/config": cutOff });
    renderApp("/register");
    expect(screen.getByText("Loading…")).toBeInTheDocument();
    expect(await screen.findByText(/couldn’t be loaded/)).toBeInTheDocument();
    expect(screen.queryByLabelText("Name")).not.toBeInTheDocument();
    serve(OPEN);
    await press("Try again");
    expect(await screen.findByLabelText("Name")).toBeInTheDocument();
  });

  test("is closed where the server says so", async () => {
    serve({ ...OPEN, "GET /api/config": { ...CONFIG, registration: "closed" } });
    renderApp("/register");
    expect(await screen.findByText("New accounts can’t be created here")).toBeInTheDocument();
    expect(screen.queryByLabelText("Name")).not.toBeInTheDocument();
  });

  describe("by invitation", () => {
    const INVITED = { ...OPEN, "GET /api/config": { ...CONFIG, registration: "invited" } };

    test("needs one", async () => {
      serve(INVITED);
      renderApp("/register");
      expect(await screen.findByText("You need an invitation")).toBeInTheDocument();
      expect(screen.queryByLabelText("Name")).not.toBeInTheDocument();
    });

    test("takes it out of the address and sends it", async () => {
      const calls = serve({ ...INVITED, [REGISTER]: PATIENT });
      renderApp("/register#invitation=abc:def-1");
      await waitFor(() => expect(screen.getByTestId("address")).toHaveTextContent(/^\/register$/));
      await agree();
      await fill(details);
      await press("Create account");
      await screen.findByText("What would you like to know, Margaret?");
      expect(sentTo(calls, REGISTER)[0].invitation).toBe("abc:def-1");
    });
  });

  test("sends the country when it was chosen, and says what it is for", async () => {
    const calls = serve({ ...OPEN, "POST /api/auth/register": PATIENT });
    renderApp("/register");
    await agree();
    await fill(details);
    await screen.findByRole("option", { name: "Ireland" });
    const country = screen.getByLabelText("Country");
    expect(country).toHaveDisplayValue("Choose your country");
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
    const password = await screen.findByLabelText("Password");
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
    await agree();
    await fill(details);
    await press("Create account");
    expect(await screen.findByText("Use at least 12 characters.")).toBeInTheDocument();
    const password = screen.getByLabelText("Password");
    expect(password).toBeInvalid();
    expect(password).toHaveAccessibleDescription("Use at least 12 characters.");
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  test("shows at the address that it is taken", async () => {
    const taken = refuse(400, "email_taken", "There is an account with this e-mail.");
    serve({ ...OPEN, "POST /api/auth/register": taken });
    renderApp("/register");
    await agree();
    await fill(details);
    await press("Create account");
    await waitFor(() => expect(screen.getByLabelText("E-mail")).toHaveFocus());
    expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription(/There is an account/);
  });

  test("shows other errors above the form, and goes there", async () => {
    const used = refuse(400, "invitation_invalid", "This invitation was used before.");
    serve({ ...OPEN, "POST /api/auth/register": used });
    renderApp("/register");
    await agree();
    await fill(details);
    await press("Create account");
    expect(await screen.findByRole("alert")).toHaveTextContent("used before");
    await waitFor(() => expect(screen.getByRole("alert")).toHaveFocus());
  });
});

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

test("the emergency numbers are an ordinary link on every page", () => {
  serve(OPEN);
  renderApp("/login");
  expect(screen.getByRole("link", { name: "Emergency numbers" })).toHaveAttribute(
    "href",
    "/emergency",
  );
});
