import { resumeSession } from "../hooks/useAuth";
import { useAuthStore } from "../stores/authStore";
import { cutOff, refuse, serve } from "./fakeServer";
import { PATIENT } from "./samples";

const REFRESH = "POST /api/auth/refresh";
const auth = () => useAuthStore.getState();

function arriveAt(path, { signedInBefore = false } = {}) {
  window.history.replaceState(null, "", path);
  useAuthStore.setState({ status: "starting", access: null, user: null, notice: null });
  if (signedInBefore) localStorage.setItem("veda.signed-in", "1");
}

test("a page load signs in by the cookie alone", async () => {
  const calls = serve({ [REFRESH]: { access: "fresh" }, "GET /api/auth/me": PATIENT });
  arriveAt("/chat");
  await resumeSession();
  expect(auth()).toMatchObject({ status: "signedIn", access: "fresh", user: PATIENT });
  expect(calls[0]).toMatchObject({ name: REFRESH, body: {}, headers: { "X-Veda-Client": "web" } });
});

test("without a cookie one is signed out, with no word of blame", async () => {
  serve({ [REFRESH]: refuse(401, "invalid_token") });
  arriveAt("/chat");
  await resumeSession();
  expect(auth()).toMatchObject({ status: "signedOut", notice: null });
});

test("a server that doesn't answer signs nobody out", async () => {
  serve({ [REFRESH]: cutOff });
  arriveAt("/chat", { signedInBefore: true });
  await resumeSession();
  expect(auth().status).toBe("unreachable");
});

test("the sign-in page asks nothing of the server for somebody who never signed in here", async () => {
  const calls = serve({});
  arriveAt("/login");
  await resumeSession();
  expect(auth().status).toBe("signedOut");
  expect(calls).toEqual([]);
});

test("nothing that could sign anybody in is ever stored", async () => {
  serve({ [REFRESH]: { access: "secret-token" }, "GET /api/auth/me": PATIENT });
  arriveAt("/chat");
  await resumeSession();
  expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain("secret-token");
});
