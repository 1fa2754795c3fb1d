import { QueryClientProvider } from "@tanstack/react-query";
import { act, render, renderHook, waitFor } from "@testing-library/react";
import { BrowserRouter } from "react-router";

import { App } from "../App";
import { queryClient } from "../app/queryClient";
import { followTab, resumeSession, useAuth } from "../hooks/useAuth";
import { refreshToken } from "../services/api";
import { hearTabs, shareToken, tellTabs } from "../services/tabs";
import { useAuthStore } from "../stores/authStore";
import { useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";
import { haveLocks } from "./fakeLocks";
import { cutOff, later, refuse, serve } from "./fakeServer";
import { CONFIG, page, PATIENT } from "./samples";

const REFRESH = "POST /api/auth/refresh";
const auth = () => useAuthStore.getState();

function arriveAt(path, { signedInBefore = false } = {}) {
  window.history.replaceState(null, "", path);
  useAuthStore.setState({ status: "starting", access: null, user: null, notice: null });
  if (signedInBefore) localStorage.setItem("veda.signed-in", "1");
}

test("a page load signs in by the cookie alone", async () => {
  const calls = serve({ [REFRESH]: { access: "fresh" }, "GET /api/auth/me": PATIENT });
  arriveAt("/chat", { signedInBefore: true });
  await resumeSession();
  expect(auth()).toMatchObject({ status: "signedIn", access: "fresh", user: PATIENT });
  expect(calls[0]).toMatchObject({ name: REFRESH, body: {}, headers: { "X-Veda-Client": "web" } });
});

test("a refused cookie signs out with no word of blame, and isn't tried again", async () => {
  const calls = serve({ [REFRESH]: refuse(401, "invalid_token") });
  arriveAt("/chat", { signedInBefore: true });
  await resumeSession();
  expect(auth()).toMatchObject({ status: "signedOut", notice: null });
  expect(localStorage).toHaveLength(0);
  await resumeSession();
  expect(calls).toHaveLength(1);
});

test("a server that doesn't answer signs nobody out", async () => {
  serve({ [REFRESH]: cutOff });
  arriveAt("/chat", { signedInBefore: true });
  await resumeSession();
  expect(auth().status).toBe("unreachable");
});

test.each(["/login", "/chat"])(
  "%s asks nothing of the server for somebody who never signed in here",
  async (path) => {
    const calls = serve({});
    arriveAt(path);
    await resumeSession();
    expect(auth().status).toBe("signedOut");
    expect(calls).toEqual([]);
  },
);

test("nothing that could sign anybody in is ever stored", async () => {
  serve({ [REFRESH]: { access: "secret-token" }, "GET /api/auth/me": PATIENT });
  arriveAt("/chat", { signedInBefore: true });
  await resumeSession();
  expect({ ...localStorage, ...sessionStorage }).toEqual({ "veda.signed-in": "1" });
});

test("after signing in at Google the cookie is tried without the hint, and the address is clean", async () => {
  const calls = serve({
    "GET /api/config": CONFIG,
    [REFRESH]: { access: "fresh" },
    "GET /api/auth/me": PATIENT,
    "GET /api/conversations": page([]),
  });
  arriveAt("/chat?a=1&signed-in=google");
  render(
    <QueryClientProvider client={queryClient}>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </QueryClientProvider>,
  );
  await waitFor(() => expect(auth()).toMatchObject({ status: "signedIn", user: PATIENT }));
  expect(window.location.pathname + window.location.search).toBe("/chat?a=1");
  expect(calls[0].name).toBe(REFRESH);
  expect(localStorage.getItem("veda.signed-in")).toBe("1");
});

test("signing out without a network leaves this browser all the same", async () => {
  serve({
    "POST /api/auth/logout": () => {
      throw new TypeError("Failed to fetch");
    },
  });
  auth().tokenArrived("mine");
  auth().signedIn(PATIENT);
  const { result } = renderHook(() => useAuth());
  await act(() => result.current.signOut());
  expect(auth()).toMatchObject({ status: "signedOut", access: null, user: null });
  expect(localStorage).toHaveLength(0);
});

describe("what other tabs do", () => {
  const SOMEBODY_ELSE = { ...PATIENT, id: "v", name: "Tom" };

  beforeEach(() => {
    auth().tokenArrived("mine");
    auth().signedIn(PATIENT);
    queryClient.setQueryData(["conversations", ""], "mine");
    queryClient.setQueryData(["config"], "everybody's");
    useChatStore.getState().dispatch("c", { type: "loaded", messages: [] });
    useUiStore.getState().setDraft("c", "my knee");
  });

  function expectNothingLeft() {
    expect(queryClient.getQueryData(["conversations", ""])).toBeUndefined();
    expect(queryClient.getQueryData(["config"])).toBe("everybody's");
    expect(useChatStore.getState().conversations).toEqual({});
    expect(useUiStore.getState().drafts).toEqual({});
  }

  test("signing out there signs out here, and asks nothing of the server", () => {
    const calls = serve({});
    expect(followTab({ type: "signedOut" })).toBe(true);
    expect(auth()).toMatchObject({ status: "signedOut", access: null, user: null });
    expectNothingLeft();
    expect(calls).toEqual([]);
  });

  test("somebody else's signing in there makes this tab theirs", async () => {
    serve({ [REFRESH]: { access: "theirs" }, "GET /api/auth/me": SOMEBODY_ELSE });
    expect(followTab({ type: "signedIn", user: SOMEBODY_ELSE.id })).toBe(true);
    expect(auth().user).toBeNull();
    expectNothingLeft();
    await waitFor(() => expect(auth()).toMatchObject({ access: "theirs", user: SOMEBODY_ELSE }));
  });

  test("one's own signing in there changes nothing", () => {
    expect(followTab({ type: "signedIn", user: PATIENT.id })).toBe(false);
    expect(auth().user).toEqual(PATIENT);
  });

  test("a new token of one's own is taken from there", () => {
    const calls = serve({});
    expect(followTab({ type: "token", access: "newer", user: PATIENT.id })).toBe(false);
    expect(auth()).toMatchObject({ status: "signedIn", access: "newer", user: PATIENT });
    expect(calls).toEqual([]);
  });

  test.each([
    ["somebody else's", SOMEBODY_ELSE.id],
    ["nobody knows whose", null],
  ])("a token that is %s is not", (name, user) => {
    followTab({ type: "token", access: "theirs", user });
    expect(auth()).toMatchObject({ access: "mine", user: PATIENT });
  });

  test("no token signs in a tab that is signed out", () => {
    auth().signedOut();
    followTab({ type: "token", access: "newer", user: PATIENT.id });
    expect(auth()).toMatchObject({ status: "signedOut", access: null });
  });

  test("a page that loads while another one refreshes goes by that one's token", async () => {
    const { promise, resolve } = later();
    haveLocks().request("veda-refresh", () => promise);
    const calls = serve({ "GET /api/auth/me": PATIENT });
    arriveAt("/chat", { signedInBefore: true });
    const resumed = resumeSession();
    followTab({ type: "token", access: "newer", user: null });
    resolve();
    await resumed;
    delete navigator.locks;
    expect(auth()).toMatchObject({ status: "signedIn", access: "newer", user: PATIENT });
    expect(calls.map(({ name }) => name)).toEqual(["GET /api/auth/me"]);
  });

  test("a refresh that ends after that brings no token", async () => {
    const { promise, resolve } = later();
    serve({ [REFRESH]: () => promise });
    const refreshed = refreshToken();
    followTab({ type: "signedOut" });
    resolve({ access: "late" });
    await expect(refreshed).rejects.toThrow("Signed out");
    expect(auth().access).toBeNull();
  });

  test("without a BroadcastChannel it is heard by way of the storage, where nothing stays", () => {
    const heard = jest.fn();
    const end = hearTabs(heard);
    const tell = (newValue) =>
      window.dispatchEvent(new StorageEvent("storage", { key: "veda.session", newValue }));
    tell('{"type":"signedOut"}');
    tell(null);
    end();
    tell('{"type":"signedOut"}');
    expect(heard.mock.calls).toEqual([[{ type: "signedOut" }]]);
    tellTabs({ type: "signedOut" });
    expect(localStorage.getItem("veda.session")).toBeNull();
  });

  test("without a BroadcastChannel no token goes anywhere", () => {
    const written = jest.spyOn(Storage.prototype, "setItem");
    shareToken("secret-token", "u");
    expect(written).not.toHaveBeenCalled();
  });
});
