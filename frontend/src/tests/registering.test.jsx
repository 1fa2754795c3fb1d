import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { fill, OPEN, press } from "./doors";
import { cutOff, refuse, serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { CONFIG, PATIENT } from "./samples";

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
