import { waitFor } from "@testing-library/react";

import { api } from "../services/api";
import { toApiError } from "../services/apiError";
import { listConversations, listMessages } from "../services/chatService";
import { useAuthStore } from "../stores/authStore";
import { haveLocks } from "./fakeLocks";
import { answer, cutOff, later, refuse, serve } from "./fakeServer";
import { page, PATIENT } from "./samples";

const auth = () => useAuthStore.getState();
const named = (calls, name) => calls.filter((call) => call.name === name);
const REFRESH = "POST /api/auth/refresh";
const ME = "GET /api/auth/me";

/** Takes only the token "fresh". */
const guarded = ({ headers }) =>
  headers.Authorization === "Bearer fresh" ? PATIENT : refuse(401, "not_authenticated");

beforeEach(() => {
  auth().tokenArrived("stale");
  auth().signedIn(PATIENT);
});

afterEach(() => {
  delete navigator.locks;
});

test("the access token goes with every call, the browser's header with those about signing in", async () => {
  const calls = serve({ "GET /api/conversations": page([]), [ME]: PATIENT });
  await listConversations();
  await api.get("/api/auth/me");
  expect(calls[0].headers).toMatchObject({ Authorization: "Bearer stale" });
  expect(calls[0].headers).not.toHaveProperty("X-Veda-Client");
  expect(calls[1].headers).toMatchObject({ Authorization: "Bearer stale", "X-Veda-Client": "web" });
});

test("an expired token is renewed once, and the call made again", async () => {
  const calls = serve({ [ME]: guarded, [REFRESH]: { access: "fresh" } });
  expect((await api.get("/api/auth/me")).data).toEqual(PATIENT);
  expect(calls.map(({ name }) => name)).toEqual([ME, REFRESH, ME]);
  expect(auth().access).toBe("fresh");
});

test("calls that fail together share one refresh", async () => {
  const { promise, resolve } = later();
  const calls = serve({ [ME]: guarded, [REFRESH]: () => promise });
  const all = Promise.all([1, 2, 3].map(() => api.get("/api/auth/me")));
  resolve({ access: "fresh" });
  expect((await all).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(named(calls, REFRESH)).toHaveLength(1);
});

test("a call that was late with the old token uses the new one without a refresh", async () => {
  const calls = serve({
    [ME]: (call) => {
      auth().tokenArrived("fresh");
      return guarded(call);
    },
  });
  expect((await api.get("/api/auth/me")).status).toBe(200);
  expect(named(calls, REFRESH)).toHaveLength(0);
});

describe("where the browser has locks", () => {
  /** Another tab is refreshing. Gives what ends its turn. */
  function otherTabRefreshes() {
    const { promise, resolve } = later();
    haveLocks().request("veda-refresh", () => promise);
    return resolve;
  }

  test("a tab waits for its turn, and takes the token that the other one got meanwhile", async () => {
    const end = otherTabRefreshes();
    const calls = serve({ [ME]: guarded });
    const call = api.get("/api/auth/me");
    auth().tokenArrived("fresh");
    end();
    expect((await call).status).toBe(200);
    expect(named(calls, REFRESH)).toHaveLength(0);
  });

  test("also where it hears of it a little after its turn began", async () => {
    const end = otherTabRefreshes();
    const calls = serve({ [ME]: guarded });
    const call = api.get("/api/auth/me");
    await waitFor(() => expect(calls).toHaveLength(1));
    end();
    setTimeout(() => auth().tokenArrived("fresh"), 20);
    expect((await call).status).toBe(200);
    expect(named(calls, REFRESH)).toHaveLength(0);
  });

  test("a tab whose predecessor got none refreshes itself", async () => {
    const end = otherTabRefreshes();
    const calls = serve({ [ME]: guarded, [REFRESH]: { access: "fresh" } });
    const call = api.get("/api/auth/me");
    await waitFor(() => expect(calls).toHaveLength(1));
    expect(named(calls, REFRESH)).toHaveLength(0);
    end();
    expect((await call).status).toBe(200);
    expect(named(calls, REFRESH)).toHaveLength(1);
  });
});

test("an account that was disabled meanwhile is signed out with a word about it", async () => {
  serve({ "GET /api/conversations": refuse(403, "account_disabled") });
  await expect(listConversations()).rejects.toBeDefined();
  expect(auth()).toMatchObject({ status: "signedOut", access: null });
  expect(auth().notice).toMatch(/disabled/);
});

test("a refused refresh signs out with a word about it", async () => {
  serve({ [ME]: guarded, [REFRESH]: refuse(401, "invalid_token") });
  await expect(api.get("/api/auth/me")).rejects.toMatchObject({ response: { status: 401 } });
  expect(auth()).toMatchObject({ status: "signedOut", access: null, user: null });
  expect(auth().notice).toMatch(/signed out/);
});

test("a refresh that nobody answers signs nobody out", async () => {
  serve({ [ME]: guarded, [REFRESH]: cutOff });
  await expect(api.get("/api/auth/me")).rejects.toBeDefined();
  expect(auth().status).toBe("signedIn");
});

test("a call is repeated only once", async () => {
  const calls = serve({ [ME]: refuse(401, "no"), [REFRESH]: { access: "fresh" } });
  await expect(api.get("/api/auth/me")).rejects.toMatchObject({ response: { status: 401 } });
  expect(named(calls, ME)).toHaveLength(2);
});

test("a wrong password isn't an expired token", async () => {
  const calls = serve({ "POST /api/auth/login": refuse(401, "invalid_credentials") });
  await expect(api.post("/api/auth/login", {})).rejects.toMatchObject({
    response: { status: 401 },
  });
  expect(calls).toHaveLength(1);
});

test("missing consent is noticed wherever it is told", async () => {
  serve({ "POST /api/conversations": refuse(403, "consent_required") });
  await expect(api.post("/api/conversations", {})).rejects.toBeDefined();
  expect(auth().user.consent_current).toBe(false);
});

test("every failure has a message for a person", async () => {
  serve({
    [ME]: cutOff,
    "GET /x": answer(502, "<html>"),
    "GET /y": refuse(400, "invalid", "Look again."),
  });
  const messageOf = (url) => api.get(url).catch((error) => toApiError(error).message);
  expect(await messageOf("/api/auth/me")).toMatch(/can’t be reached/);
  expect(await messageOf("/x")).toMatch(/went wrong/);
  expect(await messageOf("/y")).toBe("Look again.");
});

test("all pages of the messages are read, whatever host `next` names", async () => {
  serve({
    "GET /api/conversations/c/messages": page([1, 2], "http://inside:8000/api/x?cursor=abc%3D"),
    "GET /api/conversations/c/messages?cursor=abc%3D": page([3]),
  });
  expect(await listMessages("c")).toEqual([1, 2, 3]);
});

test("a search is sent as a query", async () => {
  const calls = serve({ "GET /api/conversations?q=knee+pain": page([]) });
  await listConversations({ q: "knee pain" });
  expect(calls).toHaveLength(1);
});
