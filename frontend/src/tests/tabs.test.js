import { waitFor } from "@testing-library/react";

import { haveLocks } from "./fakeLocks";

/** The channels of one name, within one browser: each hears the others and not itself. */
class FakeChannel extends EventTarget {
  static all = [];

  constructor() {
    super();
    FakeChannel.all.push(this);
  }

  postMessage(data) {
    for (const channel of FakeChannel.all) {
      if (channel !== this) channel.dispatchEvent(new MessageEvent("message", { data }));
    }
  }
}

/** The modules as a tab of its own has them. */
function openTab() {
  let tab;
  jest.isolateModules(() => {
    tab = {
      ...require("../services/api"),
      ...require("../services/tabs"),
      ...require("../hooks/useAuth"),
      auth: require("../stores/authStore").useAuthStore.getState,
      ...require("./fakeServer"),
    };
  });
  tab.hearTabs(tab.followTab);
  return tab;
}

const PATIENT = { id: "u", name: "Margaret", consent_current: true };

beforeEach(() => {
  globalThis.BroadcastChannel = FakeChannel;
  FakeChannel.all = [];
  haveLocks();
});

afterEach(() => {
  delete globalThis.BroadcastChannel;
  delete navigator.locks;
});

const REFRESH = "POST /api/auth/refresh";
let given = 0;
const routes = {
  [REFRESH]: () => ({ access: `token-${(given += 1)}` }),
  "GET /api/auth/me": PATIENT,
};
const refreshes = (calls) => calls.flat().filter(({ name }) => name === REFRESH).length;

test("ten tabs that need a token at once cause one refresh, and all have it", async () => {
  const tabs = Array.from({ length: 10 }, openTab);
  const calls = tabs.map((tab) => {
    tab.auth().tokenArrived("old");
    tab.auth().signedIn(PATIENT);
    return tab.serve(routes);
  });
  await Promise.all(tabs.map((tab) => tab.refreshToken()));
  expect(refreshes(calls)).toBe(1);
  await waitFor(() =>
    expect(new Set(tabs.map((tab) => tab.auth().access))).toEqual(new Set([`token-${given}`])),
  );
});

test("a browser that opens ten tabs again refreshes once", async () => {
  localStorage.setItem("veda.signed-in", "1");
  const tabs = Array.from({ length: 10 }, openTab);
  const calls = tabs.map((tab) => tab.serve(routes));
  await Promise.all(tabs.map((tab) => tab.resumeSession()));
  expect(refreshes(calls)).toBe(1);
  for (const tab of tabs) expect(tab.auth()).toMatchObject({ status: "signedIn", user: PATIENT });
});
