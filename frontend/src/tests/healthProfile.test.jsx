import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";

import { NO_PROFILE as NOTHING } from "../services/mockApi";
import { useAuthStore } from "../stores/authStore";
import { useUiStore } from "../stores/uiStore";
import { factsIn, whomIn } from "../utils/healthProfile";
import { answerText } from "../utils/answerMarkdown";
import { later, refuse, serve } from "./fakeServer";
import { renderApp } from "./renderApp";
import {
  AT,
  chatRoutes,
  conversation,
  CONVERSATION,
  page,
  PATIENT,
  question,
  reply,
} from "./samples";

const said = (more) => ({ ...NOTHING, set_for: "account", updated_at: AT, ...more });
const CHILD = { about: "other", age_band: "2_to_11", allergies: ["penicillin"] };
const OF_ACCOUNT = "/api/account/health-profile";
const HERE = `/api/conversations/${CONVERSATION}/health-profile`;

const ROUTES = {
  ...chatRoutes([conversation(CONVERSATION, "Fever")]),
  "GET /api/auth/me": PATIENT,
  "GET /api/auth/devices": page([]),
  "GET /api/auth/consents": { version: "1", recipients: [], purposes: [], history: [] },
  [`GET ${OF_ACCOUNT}`]: NOTHING,
  [`GET ${HERE}`]: NOTHING,
};

function open(path, routes = {}) {
  const calls = serve({ ...ROUTES, ...routes });
  renderApp(path, { user: PATIENT });
  act(() => useAuthStore.getState().tokenArrived("mine"));
  return calls;
}

const bodyOf = (calls, name) => calls.findLast((call) => call.name === name)?.body;
const button = (name) => screen.findByRole("button", { name });
const dialog = async () =>
  within(await screen.findByRole("dialog", { name: "Who is this about?" }));

describe("in words", () => {
  test.each([
    [{}, "me"],
    [{ about: "me", pregnancy: "pregnant" }, "me, pregnant"],
    [{ about: "me", pregnancy: "no", age_band: "18_to_64" }, "me"],
    [{ about: "other" }, "somebody else"],
    [{ about: "other", age_band: "under_3_months" }, "a baby under 3 months"],
    [{ about: "other", age_band: "2_to_11" }, "a child, 2–11"],
  ])("%j is about %s", (profile, words) => {
    expect(whomIn({ ...NOTHING, ...profile })).toBe(words);
  });

  test("all that was said of a person stands in one line, and in a copy of the answer", () => {
    const profile = { ...NOTHING, ...CHILD, pregnancy: "no", medicines: ["iron", "vitamin D"] };
    const facts = "a child, 2–11; not pregnant; takes iron, vitamin D; allergic to penicillin";
    expect(factsIn(profile)).toBe(facts);
    expect(factsIn(NOTHING)).toBe("");
    const copied = answerText({ content: "Rest.", metadata: { health_profile: profile } });
    expect(copied).toBe(`Rest.\n\nTaken into account, as you said: ${facts}.`);
    expect(answerText({ content: "Rest.", metadata: {} })).toBe("Rest.");
  });
});

describe("the account", () => {
  const section = () =>
    within(screen.getByRole("region", { name: "Who your questions are about" }));

  test("keeps what is said for all conversations", async () => {
    const calls = open("/account", {
      [`PUT ${OF_ACCOUNT}`]: ({ body }) => said(body),
    });
    await screen.findByLabelText("Age");
    await userEvent.click(section().getByLabelText(/about somebody I care for/));
    await userEvent.selectOptions(section().getByLabelText("Age"), "12 to 17 years");
    await userEvent.type(section().getByLabelText("Medicines taken"), "iron, zinc{Enter} {Enter}");
    await userEvent.type(section().getByLabelText("Allergies"), "penicillin");
    await userEvent.click(section().getByRole("button", { name: "Save" }));
    expect(await section().findByText(/It is saved/)).toBeInTheDocument();
    expect(bodyOf(calls, `PUT ${OF_ACCOUNT}`)).toEqual({
      about: "other",
      age_band: "12_to_17",
      pregnancy: "",
      medicines: ["iron", "zinc"],
      allergies: ["penicillin"],
    });
  });

  test("shows what was said and since when, and forgets it where nothing is left", async () => {
    const calls = open("/account", {
      [`GET ${OF_ACCOUNT}`]: said({ medicines: ["warfarin 5 mg"] }),
      [`DELETE ${OF_ACCOUNT}`]: null,
    });
    expect(await screen.findByText(/Last said on/)).toBeInTheDocument();
    await userEvent.clear(section().getByLabelText("Medicines taken"));
    await userEvent.click(section().getByRole("button", { name: "Save" }));
    expect(await section().findByText(/It is cleared/)).toBeInTheDocument();
    expect(calls.map(({ name }) => name)).toContain(`DELETE ${OF_ACCOUNT}`);
    expect(bodyOf(calls, `PUT ${OF_ACCOUNT}`)).toBeUndefined();
  });

  test.each([
    ["<b>", /doesn’t look like a name/],
    ["a".repeat(61), /at most 60 characters/],
    [Array.from({ length: 21 }, (_, n) => `m${n}`).join(","), /at most 20/],
  ])("takes no %s for a medicine", async (words, problem) => {
    const calls = open("/account");
    const field = await screen.findByLabelText("Medicines taken");
    await userEvent.click(field);
    await userEvent.paste(words);
    await userEvent.click(section().getByRole("button", { name: "Save" }));
    expect(field).toHaveFocus();
    expect(field).toBeInvalid();
    expect(field).toHaveAccessibleDescription(problem);
    expect(bodyOf(calls, `PUT ${OF_ACCOUNT}`)).toBeUndefined();
  });

  test("nobody is asked whether a young child is pregnant", async () => {
    const calls = open("/account", { [`PUT ${OF_ACCOUNT}`]: ({ body }) => said(body) });
    await userEvent.selectOptions(await screen.findByLabelText("Pregnancy"), "pregnant");
    await userEvent.selectOptions(section().getByLabelText("Age"), "2 to 11 years");
    expect(section().queryByLabelText("Pregnancy")).not.toBeInTheDocument();
    await userEvent.click(section().getByRole("button", { name: "Save" }));
    await waitFor(() => expect(bodyOf(calls, `PUT ${OF_ACCOUNT}`)?.pregnancy).toBe(""));
  });

  test("a refusal is told, and nothing that was written is lost", async () => {
    open("/account", {
      [`PUT ${OF_ACCOUNT}`]: () => refuse(429, "too_many_requests", "Please wait a little."),
    });
    await userEvent.type(await screen.findByLabelText("Allergies"), "latex");
    await userEvent.click(section().getByRole("button", { name: "Save" }));
    expect(await section().findByText("Please wait a little.")).toBeInTheDocument();
    expect(section().getByLabelText("Allergies")).toHaveValue("latex");
  });
});

describe("a conversation", () => {
  test("asks nobody, and says beside the composer whom it is about", async () => {
    open(`/chat/${CONVERSATION}`, { [`GET ${HERE}`]: said(CHILD) });
    expect(await button("About: a child, 2–11")).toBeInTheDocument();
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });

  test("has its own until that is forgotten, and the focus comes back", async () => {
    const ofAccount = said({ medicines: ["warfarin"] });
    let held = ofAccount;
    const calls = open(`/chat/${CONVERSATION}`, {
      [`GET ${HERE}`]: () => held,
      [`PUT ${HERE}`]: ({ body }) => (held = said({ ...body, set_for: "conversation" })),
      [`DELETE ${HERE}`]: () => void (held = ofAccount),
    });
    await userEvent.click(await button("About: me"));
    let form = await dialog();
    expect(form.getByLabelText("Medicines taken")).toHaveValue("warfarin");
    expect(form.queryByRole("button", { name: "Forget this" })).not.toBeInTheDocument();
    await userEvent.click(form.getByLabelText(/about somebody I care for/));
    await userEvent.clear(form.getByLabelText("Medicines taken"));
    await userEvent.selectOptions(form.getByLabelText("Age"), "under 3 months");
    await userEvent.click(form.getByRole("button", { name: "Save" }));
    expect(await button("About: a baby under 3 months")).toBeInTheDocument();
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
    expect(bodyOf(calls, `PUT ${HERE}`)).toMatchObject({ about: "other", medicines: [] });

    await userEvent.click(await button("About: a baby under 3 months"));
    form = await dialog();
    await userEvent.click(form.getByRole("button", { name: "Forget this" }));
    expect(await button("About: me")).toBeInTheDocument();
  });

  test("that is to begin takes it along with its first question", async () => {
    const created = later();
    const calls = open("/chat", { "POST /api/conversations": () => created.promise });
    await userEvent.click(await button("Who is this about?"));
    const form = await dialog();
    await userEvent.click(form.getByLabelText(/about somebody I care for/));
    await userEvent.selectOptions(form.getByLabelText("Age"), "2 to 11 years");
    await userEvent.click(form.getByRole("button", { name: "Save" }));
    expect(await button("About: a child, 2–11")).toBeInTheDocument();
    await userEvent.type(screen.getByLabelText("Your message"), "fever?{Enter}");
    await waitFor(() =>
      expect(bodyOf(calls, "POST /api/conversations")).toEqual({
        health_profile: {
          about: "other",
          age_band: "2_to_11",
          pregnancy: "",
          medicines: [],
          allergies: [],
        },
      }),
    );
    created.resolve({ id: CONVERSATION, title: "", help: null, staff: null, updated_at: AT });
    await waitFor(() => expect(useUiStore.getState().newProfile).toBeNull());
  });

  test("says under an answer what was taken into account, and leads to it", async () => {
    const heeded = { ...NOTHING, ...CHILD };
    open(`/chat/${CONVERSATION}`, {
      [`GET ${HERE}`]: said(CHILD),
      [`GET /api/conversations/${CONVERSATION}/messages`]: page([
        question("q1", "what helps?"),
        reply("r1", "Rest.", { metadata: { kind: "answer", health_profile: heeded } }),
        question("q2", "and my husband?"),
        reply("r2", "Rest, too.", { metadata: { kind: "answer" } }),
      ]),
    });
    const line = "Taken into account, as you said: a child, 2–11; allergic to penicillin.";
    expect(await screen.findAllByText(line)).toHaveLength(1);
    await userEvent.click(screen.getByRole("button", { name: "Change it" }));
    expect((await dialog()).getByLabelText("Allergies")).toHaveValue("penicillin");
  });
});
