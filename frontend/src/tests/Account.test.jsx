import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { useAuthStore } from "../stores/authStore";
import { answer, later, refuse, serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import { AT, CONFIG, page, PATIENT } from "./samples";

const device = (id, more) => ({
  id,
  browser: "Firefox on Windows",
  method: "password",
  second_factor: false,
  first_seen: "2026-11-01T09:00:00Z",
  last_seen: AT,
  current: false,
  ...more,
});
const HERE = device("d1", { browser: "Chrome on Linux", current: true });
const THERE = device("d2");

const purposes = (given) =>
  CONFIG.consents.map((consent) => ({
    ...consent,
    given: given.includes(consent.purpose),
    given_at: given.includes(consent.purpose) ? "2026-11-05T09:00:00Z" : null,
    given_version: given.includes(consent.purpose) ? "2026-11" : null,
  }));
const consents = (...given) => ({
  version: "2026-11",
  recipients: [],
  purposes: purposes(given),
  history: [],
});

const ROUTES = {
  "GET /api/config": CONFIG,
  "GET /api/auth/me": PATIENT,
  "GET /api/auth/devices": page([HERE, THERE]),
  "GET /api/auth/consents": consents("terms", "health_data"),
  "GET /api/conversations": page([]),
};

function open(routes = {}, user = PATIENT) {
  const calls = serve({ ...ROUTES, ...routes });
  renderApp("/account", { user });
  act(() => useAuthStore.getState().tokenArrived("mine"));
  return calls;
}

const section = (name) => within(screen.getByRole("region", { name }));
const press = (place, name) => userEvent.click(place.getByRole("button", { name }));
const sent = (calls, name) => calls.filter((call) => call.name === name);
const dialog = () => within(screen.getByRole("dialog"));

test("it is reached from the sidebar, and the focus goes to its heading", async () => {
  serve(ROUTES);
  renderApp("/chat", { user: PATIENT });
  await userEvent.click(await screen.findByRole("link", { name: "Your account: Margaret Ellis" }));
  expect(await screen.findByRole("heading", { level: 1, name: "Your account" })).toHaveFocus();
});

test("staff are led to their pages, and nobody else", async () => {
  serve(ROUTES);
  renderApp("/chat", { user: { ...PATIENT, role: "moderator", staff_url: "/desk/" } });
  const link = await screen.findByRole("link", { name: "Staff pages" });
  expect(link).toHaveAttribute("href", "/desk/");
  act(() => useAuthStore.getState().changed({ ...PATIENT, staff_url: null }));
  expect(screen.queryByRole("link", { name: "Staff pages" })).not.toBeInTheDocument();
});

test("it is for those who are signed in", () => {
  serve(ROUTES);
  renderApp("/account");
  expect(screen.getByTestId("address")).toHaveTextContent("/login");
});

describe("details", () => {
  test("are saved, and the page goes by the new ones", async () => {
    const changed = { ...PATIENT, name: "Margaret E.", country: "IE" };
    const calls = open({ "PATCH /api/auth/me": changed });
    const details = section("Your details");
    await screen.findByRole("option", { name: "Ireland" });
    await userEvent.clear(details.getByLabelText("Name"));
    await userEvent.type(details.getByLabelText("Name"), "Margaret E. ");
    await userEvent.selectOptions(details.getByLabelText("Country"), "Ireland");
    await press(details, "Save");
    expect(await details.findByText("Your details are saved.")).toBeInTheDocument();
    expect(sent(calls, "PATCH /api/auth/me")[0].body).toEqual({
      name: "Margaret E.",
      country: "IE",
    });
    expect(screen.getByRole("link", { name: "Emergency numbers" })).toHaveAttribute(
      "href",
      "/emergency#IE",
    );
  });

  test.each([
    [1961, true],
    [null, false],
  ])("the year of birth is shown where it is known, and can’t be changed: %s", (year, isShown) => {
    open({}, { ...PATIENT, year_of_birth: year });
    const shown = section("Your details").queryByText("Year of birth:");
    expect(Boolean(shown)).toBe(isShown);
    if (isShown) expect(shown.parentElement).toHaveTextContent("Year of birth: 1961");
    expect(section("Your details").getAllByRole("textbox")).toHaveLength(1);
  });

  test("an empty name is told at the field", async () => {
    open();
    const details = section("Your details");
    await userEvent.clear(details.getByLabelText("Name"));
    await press(details, "Save");
    await waitFor(() => expect(details.getByLabelText("Name")).toHaveFocus());
    expect(details.getByLabelText("Name")).toHaveAccessibleDescription("Write your name.");
  });
});

describe("the e-mail address", () => {
  const SEND = "POST /api/auth/email/confirmation";
  const UNCONFIRMED = { ...PATIENT, email_confirmed: false };

  test("that is confirmed needs nothing", () => {
    open();
    expect(section("E-mail").getByText("This address is confirmed.")).toBeInTheDocument();
    expect(section("E-mail").queryByRole("button")).not.toBeInTheDocument();
  });

  test("that isn’t gets its link again", async () => {
    const calls = open({ [SEND]: null }, UNCONFIRMED);
    await userEvent.click(await screen.findByRole("button", { name: "Send the link again" }));
    expect(
      await section("E-mail").findByText(/A link is on its way to margaret@example.org/),
    ).toBeInTheDocument();
    expect(sent(calls, SEND)).toHaveLength(1);
  });

  test("can’t be confirmed where no mail is sent", async () => {
    open({ "GET /api/config": { ...CONFIG, mail: false } }, UNCONFIRMED);
    expect(await screen.findByText(/can’t send mail here/)).toBeInTheDocument();
    expect(section("E-mail").queryByRole("button")).not.toBeInTheDocument();
  });

  test("says how long to wait before the next link", async () => {
    const error = { code: "too_many_requests", message: "That was too often." };
    open({ [SEND]: answer(429, { error, retry_after: 3000 }) }, UNCONFIRMED);
    await userEvent.click(await screen.findByRole("button", { name: "Send the link again" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("try again in 50 minutes");
  });
});

describe("the password", () => {
  const CHANGE = "POST /api/auth/password";

  async function change(current, next) {
    const password = section("Password");
    await userEvent.type(password.getByLabelText("Current password"), current);
    await userEvent.type(password.getByLabelText("New password"), next);
    await press(password, "Change the password");
    return password;
  }

  test("is changed, and this device goes on with the new token", async () => {
    const calls = open({ [CHANGE]: { access: "newer" } });
    const password = await change("three words here", "four words in here");
    expect(await password.findByText(/Your password is changed/)).toBeInTheDocument();
    expect(useAuthStore.getState()).toMatchObject({ access: "newer", status: "signedIn" });
    expect(password.getByLabelText("New password")).toHaveValue("");
    expect(sent(calls, CHANGE)[0].body).toEqual({
      current_password: "three words here",
      new_password: "four words in here",
    });
  });

  test("the present one is asked for, and told at its field where it is wrong", async () => {
    open({ [CHANGE]: refuse(400, "wrong_password", "This is not your present password.") });
    const password = await change("not this one", "four words in here");
    const field = password.getByLabelText("Current password");
    await waitFor(() => expect(field).toHaveFocus());
    expect(field).toHaveAccessibleDescription("This is not your present password.");
  });

  test("doesn’t exist for who signs in with Google, and a link gives one", async () => {
    open({}, { ...PATIENT, has_password: false });
    expect(section("Password").getByText(/has no password/)).toBeInTheDocument();
    expect(section("Password").queryByRole("button")).not.toBeInTheDocument();
    expect(await screen.findByRole("link", { name: /send you a link/ })).toHaveAttribute(
      "href",
      "/forgot-password",
    );
  });
});

describe("devices", () => {
  test("are listed, and this one is marked", async () => {
    open();
    const items = await section("Devices").findAllByRole("listitem");
    expect(items).toHaveLength(2);
    expect(items[0]).toHaveTextContent(/Chrome on Linux.*this device/);
    expect(items[1]).toHaveTextContent(
      /Firefox on Windows.*since 1 November 2026, \d\d:\d\d\. Last seen 22 November 2026, \d\d:\d\d\./,
    );
    expect(items[1]).not.toHaveTextContent("this device");
  });

  test("all pages of them", async () => {
    const more = device("d3", { browser: "Safari on iPhone" });
    open({
      "GET /api/auth/devices": page([HERE], "http://inside/api/auth/devices?cursor=x"),
      "GET /api/auth/devices?cursor=x": page([more]),
    });
    expect(await screen.findByText("Safari on iPhone")).toBeInTheDocument();
  });

  test("one is signed out, and goes from the list", async () => {
    let list = [HERE, THERE];
    open({
      "GET /api/auth/devices": () => page(list),
      "DELETE /api/auth/devices/d2": () => {
        list = [HERE];
        return null;
      },
    });
    await userEvent.click(
      await screen.findByRole("button", { name: "Sign out Firefox on Windows" }),
    );
    await waitFor(() => expect(section("Devices").getAllByRole("listitem")).toHaveLength(1));
    expect(section("Devices").getByText("Firefox on Windows is signed out.")).toBeInTheDocument();
    expect(useAuthStore.getState().status).toBe("signedIn");
  });

  test("this one is signed out as ever", async () => {
    const calls = open({ "POST /api/auth/logout": null });
    await userEvent.click(await screen.findByRole("button", { name: "Sign out this device" }));
    expect(await screen.findByRole("heading", { name: "Sign in" })).toBeInTheDocument();
    expect(sent(calls, "POST /api/auth/logout")).toHaveLength(1);
  });

  test("all of them are signed out once that is confirmed", async () => {
    const calls = open({ "DELETE /api/auth/devices": null });
    await userEvent.click(await screen.findByRole("button", { name: "Sign out all devices" }));
    expect(sent(calls, "DELETE /api/auth/devices")).toEqual([]);
    await press(dialog(), "Sign out all devices");
    expect(await screen.findByText("All your devices are signed out.")).toBeInTheDocument();
    expect(useAuthStore.getState()).toMatchObject({ access: null, user: null });
  });
});

describe("agreements", () => {
  const give = "POST /api/auth/consent";

  test("each is shown with its state", async () => {
    open({ "GET /api/auth/consents": consents("terms", "staff_reading") });
    const agreements = section("What you agreed to");
    const items = await agreements.findAllByRole("listitem");
    expect(items[0]).toHaveTextContent("You agreed on 5 November 2026. Needed to ask questions.");
    expect(items[1]).toHaveTextContent("You haven’t agreed. Needed");
    expect(items[2]).toHaveTextContent("You agreed on 5 November 2026. Your choice.");
    expect(items[3]).toHaveTextContent("You haven’t agreed. Your choice.");
  });

  test("one that was taken back says when, until it is given again", async () => {
    const row = (purpose, day) => ({
      purpose,
      version: "2026-11",
      recipients: [],
      given_at: "2026-11-05T09:00:00Z",
      withdrawn_at: `2026-11-${day}T12:00:00Z`,
      superseded_at: null,
    });
    const history = [
      row("staff_reading", "12"),
      row("staff_reading", "09"),
      { ...row("improvement", "09"), withdrawn_at: null },
      row("terms", "10"),
    ];
    open({ "GET /api/auth/consents": { ...consents("terms"), history } });
    const items = await section("What you agreed to").findAllByRole("listitem");
    expect(items[0]).toHaveTextContent("You agreed on 5 November 2026.");
    expect(items[2]).toHaveTextContent("You took this back on 12 November 2026. Your choice.");
    expect(items[3]).toHaveTextContent("You haven’t agreed.");
  });

  test("the terms are closed without them, and what follows from that is told", async () => {
    open();
    await userEvent.click(await screen.findByRole("button", { name: "Take back: terms of use" }));
    expect(dialog().getByText(/stays stored, and closed to you/)).toBeInTheDocument();
    expect(dialog().queryByText(/30 days/)).not.toBeInTheDocument();
  });

  test("they say on what terms staff may read, and who runs the service", async () => {
    const operator = { name: "Hill Practice", terms_url: "https://example.org/t", privacy_url: "" };
    open({
      "GET /api/config": { ...CONFIG, operator },
      "GET /api/auth/consents": consents("terms", "health_data", "staff_reading"),
    });
    const agreements = section("What you agreed to");
    expect(await agreements.findByText(/Without this they may still read/)).toBeInTheDocument();
    expect(await agreements.findByText(/Veda is run here by Hill Practice\./)).toBeInTheDocument();
    expect(agreements.getByRole("link", { name: /^Terms of use/ })).toHaveAttribute(
      "href",
      "https://example.org/t",
    );
    expect(agreements.queryByRole("link", { name: /Privacy notice/ })).not.toBeInTheDocument();
  });

  test("a free one is given at once, alone", async () => {
    const calls = open({ [give]: null });
    const improvement = /Agree: use of my conversations/;
    await userEvent.click(await screen.findByRole("button", { name: improvement }));
    expect(await screen.findByText(/You have agreed/)).toBeInTheDocument();
    expect(sent(calls, give)[0].body).toEqual({ version: "2026-11", purposes: ["improvement"] });
  });

  test("a free one is taken back at once", async () => {
    const calls = open({
      "GET /api/auth/consents": consents("terms", "health_data", "staff_reading"),
      "DELETE /api/auth/consents/staff_reading": null,
    });
    await userEvent.click(await screen.findByRole("button", { name: /Take back: staff/ }));
    expect(await screen.findByText(/You have taken back/)).toBeInTheDocument();
    expect(sent(calls, "DELETE /api/auth/consents/staff_reading")).toHaveLength(1);
  });

  test("a needed one is taken back only after a word about what follows", async () => {
    const calls = open({
      "DELETE /api/auth/consents/health_data": null,
      "GET /api/auth/me": { ...PATIENT, consent_current: false },
    });
    await userEvent.click(
      await screen.findByRole("button", { name: /Take back: use of my health/ }),
    );
    expect(dialog().getByText(/answers nothing more.*erased after 30 days/)).toBeInTheDocument();
    expect(dialog().getByText(/delete your conversations before/)).toBeInTheDocument();
    expect(dialog().getByRole("button", { name: "Cancel" })).toHaveFocus();
    expect(sent(calls, "DELETE /api/auth/consents/health_data")).toEqual([]);
    await press(dialog(), "Take it back");
    expect(await screen.findByText(/You have taken back/)).toBeInTheDocument();
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    await userEvent.click(screen.getByRole("link", { name: "Back to your conversations" }));
    expect(await screen.findByRole("button", { name: "Go on to Veda" })).toBeInTheDocument();
  });

  test("what fails is told", async () => {
    open({ [give]: refuse(400, "outdated_terms", "The terms have changed.") });
    await userEvent.click(await screen.findByRole("button", { name: /Agree: staff/ }));
    expect(await screen.findByRole("alert")).toHaveTextContent("The terms have changed.");
  });
});

describe("the data", () => {
  const EXPORT = "POST /api/account/export";
  const DELETE = "DELETE /api/account";
  const button = (name) => screen.getByRole("button", { name });

  test("is downloaded after the password, as a file", async () => {
    const saved = [];
    jest.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click() {
      saved.push([this.download, this.href]);
    });
    const { promise, resolve } = later();
    const calls = open({ [EXPORT]: () => promise });
    await userEvent.click(button("Download your data"));
    await userEvent.type(dialog().getByLabelText("Your password"), "three words here{Enter}");
    expect(await dialog().findByText("Preparing your file…")).toBeInTheDocument();
    resolve(new Blob(["zip"]));
    expect(await screen.findByText(/Your data is in the file/)).toBeInTheDocument();
    expect(saved).toEqual([
      [
        expect.stringMatching(/^veda-export-\d{4}-\d\d-\d\d\.zip$/),
        expect.stringMatching(/^blob:/),
      ],
    ]);
    expect(sent(calls, EXPORT)[0].body).toEqual({ password: "three words here" });
  });

  test("a wrong password is told at the field, though a file was awaited", async () => {
    const error = { code: "wrong_password", message: "This is not your present password." };
    const body = new Blob([JSON.stringify({ error })]);
    body.text = async () => JSON.stringify({ error });
    open({ [EXPORT]: answer(400, body) });
    await userEvent.click(button("Download your data"));
    await userEvent.type(dialog().getByLabelText("Your password"), "not this one{Enter}");
    const field = dialog().getByLabelText("Your password");
    await waitFor(() => expect(field).toHaveAccessibleDescription(error.message));
  });

  test("the account is deleted after the password, by somebody who was told what that means", async () => {
    const calls = open({ [DELETE]: null });
    await userEvent.click(button("Delete your account"));
    expect(dialog().getByText("Erased for good:")).toBeInTheDocument();
    const stays = dialog().getByText(/Stays, with numbers in place of your name/).parentElement;
    expect(stays).toHaveTextContent(/browser and the network address.*by default six years/);
    expect(dialog().getByText(/staff are still looking at.*30 days/)).toBeInTheDocument();
    await press(dialog(), "Delete");
    expect(dialog().getByLabelText("Your password")).toBeInvalid();
    expect(sent(calls, DELETE)).toEqual([]);
    await userEvent.type(dialog().getByLabelText("Your password"), "three words here");
    await press(dialog(), "Delete");
    expect(await screen.findByText(/Your account is deleted.*30 days/)).toBeInTheDocument();
    expect(sent(calls, DELETE)[0].body).toEqual({ password: "three words here" });
    expect(useAuthStore.getState()).toMatchObject({ access: null, user: null });
    expect(localStorage).toHaveLength(0);
  });

  test("a refusal leaves everything as it was", async () => {
    open({ [DELETE]: refuse(400, "wrong_password", "This is not your present password.") });
    await userEvent.click(button("Delete your account"));
    await userEvent.type(dialog().getByLabelText("Your password"), "not this one{Enter}");
    await waitFor(() => expect(dialog().getByLabelText("Your password")).toBeInvalid());
    expect(useAuthStore.getState().status).toBe("signedIn");
  });

  test("without a password the sign-in has to be fresh, and it says how", async () => {
    const again = refuse(403, "sign_in_again", "Please sign out and in again.");
    open({ [DELETE]: again }, { ...PATIENT, has_password: false });
    await userEvent.click(button("Delete your account"));
    expect(dialog().queryByLabelText("Your password")).not.toBeInTheDocument();
    expect(dialog().getByText(/only within five minutes/)).toBeInTheDocument();
    await press(dialog(), "Delete");
    expect(await dialog().findByRole("alert")).toHaveTextContent("Please sign out and in again.");
  });
});

describe("how the page looks", () => {
  const look = (name) => screen.getByRole("radio", { name });
  const chosen = () => document.documentElement.dataset.theme;

  test("is as the system does until one chooses, which this device keeps", async () => {
    open();
    expect(look("System")).toBeChecked();
    await userEvent.click(look("Dark"));
    expect(chosen()).toBe("dark");
    expect(localStorage.getItem("veda.theme")).toBe("dark");
    await userEvent.click(look("System"));
    expect(chosen()).toBeUndefined();
    expect(localStorage.getItem("veda.theme")).toBeNull();
  });

  test("follows what is chosen in another tab", () => {
    open();
    localStorage.setItem("veda.theme", "light");
    act(() => window.dispatchEvent(new StorageEvent("storage", { key: "veda.theme" })));
    expect(look("Light")).toBeChecked();
    expect(chosen()).toBe("light");
  });
});
