import { act, renderHook } from "@testing-library/react";

import { useWebSocket } from "../hooks/useWebSocket";
import { backoff } from "../services/connection";
import { useAuthStore } from "../stores/authStore";
import { cutOff, refuse, serve } from "./fakeServer";
import { FakeWebSocket } from "./fakeWebSocket";
import { CONVERSATION, OTHER, PATIENT } from "./samples";

const TICKET = "POST /api/auth/ws-ticket";
const REFRESH = "POST /api/auth/refresh";
const LONGEST_FIRST_WAIT = 1250;

let held;
let taken;
let tickets;

const passed = (milliseconds) => act(() => jest.advanceTimersByTimeAsync(milliseconds));
const sockets = () => FakeWebSocket.all.length;
const chunk = (offset, data = "x") => ({ type: "chunk", messageId: "r1", data, offset });
const resumeAck = { type: "resume_ack", messageId: "r1", offset: 0, status: "streaming" };

function connect(routes = {}, props = {}) {
  serve({ [TICKET]: () => ({ ticket: `ticket-${(tickets += 1)}` }), ...routes });
  return renderHook(useWebSocket, {
    initialProps: {
      conversationId: CONVERSATION,
      enabled: true,
      resumeFrom: () => held,
      onFrames: (id, frames) => taken.push(...frames),
      ...props,
    },
  });
}

async function open(...given) {
  const hook = connect(...given);
  await passed(0);
  act(() => FakeWebSocket.last.accept());
  return hook;
}

beforeEach(() => {
  jest.useFakeTimers();
  held = { lastMessageId: "r1", offset: 4, gap: false };
  taken = [];
  tickets = 0;
  useAuthStore.getState().signedIn(PATIENT);
});

afterEach(() => jest.useRealTimers());

test("opens with a ticket on the page's own origin and says what it holds", async () => {
  const { result } = await open();
  expect(FakeWebSocket.last.url).toBe(
    `ws://localhost/ws/conversations/${CONVERSATION}?token=ticket-1`,
  );
  expect(FakeWebSocket.last.sent).toEqual([
    { type: "resume", conversationId: CONVERSATION, lastMessageId: "r1", offset: 4 },
  ]);
  expect(result.current.status).toBe("open");
});

test("waits until it is wanted", async () => {
  connect({}, { enabled: false });
  await passed(60_000);
  expect(sockets()).toBe(0);
});

test("comes back after a cut with a new ticket and another resume", async () => {
  const { result } = await open();
  act(() => FakeWebSocket.last.drop());
  expect(result.current.status).toBe("waiting");
  held = { ...held, offset: 9 };
  await passed(LONGEST_FIRST_WAIT);
  act(() => FakeWebSocket.last.accept());
  expect(FakeWebSocket.last.url).toMatch(/ticket-2$/);
  expect(FakeWebSocket.last.sentOf("resume")).toMatchObject([{ offset: 9 }]);
  expect(result.current.opened).toBe(2);
});

test("waits longer after each failure, up to half a minute", () => {
  const half = () => 0.5;
  const waits = [0, 1, 2, 3, 4, 5, 9].map((attempt) => backoff(attempt, half) / 1000);
  expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
  expect(backoff(1, () => 0)).toBe(1500);
  expect(backoff(1, () => 1)).toBe(2500);
});

test("goes on trying while nobody answers", async () => {
  const { result } = connect({ [TICKET]: cutOff });
  await passed(10_000);
  expect(result.current.status).toBe("waiting");
  expect(result.current.attempts).toBeGreaterThan(2);
});

test("gathers chunks until the next frame and keeps the order", async () => {
  await open();
  const frame = jest.spyOn(globalThis, "requestAnimationFrame");
  act(() => FakeWebSocket.last.deliver(chunk(4), chunk(5), chunk(6)));
  expect(taken).toEqual([]);
  expect(frame).toHaveBeenCalledTimes(1);
  act(() => FakeWebSocket.last.deliver({ type: "done", message: { id: "r1" } }));
  expect(taken.map(({ type }) => type)).toEqual(["chunk", "chunk", "chunk", "done"]);
});

test("asks again once where text is missing", async () => {
  await open();
  FakeWebSocket.last.deliver(resumeAck);
  held = { ...held, gap: true };
  act(() => FakeWebSocket.last.deliver(chunk(20), { type: "pong" }, chunk(21), { type: "pong" }));
  expect(FakeWebSocket.last.sentOf("resume")).toHaveLength(2);
  held = { ...held, gap: false };
  act(() => FakeWebSocket.last.deliver(resumeAck, chunk(4), { type: "pong" }));
  expect(FakeWebSocket.last.sentOf("resume")).toHaveLength(2);
});

test("notices a dead line by the pong that doesn't come", async () => {
  const { result } = await open();
  await passed(20_000);
  expect(FakeWebSocket.last.sentOf("ping")).toHaveLength(1);
  await passed(5_000);
  expect(result.current.status).toBe("waiting");
});

test("a pong keeps the line", async () => {
  const { result } = await open();
  await passed(20_000);
  act(() => FakeWebSocket.last.deliver({ type: "pong" }));
  await passed(15_000);
  expect(result.current.status).toBe("open");
  expect(sockets()).toBe(1);
});

test("connects at once when the network is back", async () => {
  connect({ [TICKET]: cutOff });
  await passed(10_000);
  serve({ [TICKET]: { ticket: "back" } });
  act(() => window.dispatchEvent(new Event("online")));
  await passed(0);
  expect(FakeWebSocket.last.url).toMatch(/back$/);
});

test("4401: a new token, then the socket again", async () => {
  const { result } = await open({ [REFRESH]: { access: "fresh" } });
  act(() => FakeWebSocket.last.drop(4401));
  await passed(0);
  act(() => FakeWebSocket.last.accept());
  expect(useAuthStore.getState().access).toBe("fresh");
  expect(result.current.status).toBe("open");
});

test("4401 and no new token: signed out", async () => {
  const { result } = await open({ [REFRESH]: refuse(401, "invalid_token") });
  act(() => FakeWebSocket.last.drop(4401));
  await passed(60_000);
  expect(result.current.status).toBe("signedOut");
  expect(sockets()).toBe(1);
});

test.each([
  [4404, "gone"],
  [4423, "disabled"],
])("%i: %s, and no further attempt", async (code, status) => {
  const { result } = await open();
  act(() => FakeWebSocket.last.drop(code));
  await passed(60_000);
  expect(result.current.status).toBe(status);
  expect(sockets()).toBe(1);
});

test("4429: says so and tries again later", async () => {
  const { result } = await open();
  act(() => FakeWebSocket.last.drop(4429));
  expect(result.current).toMatchObject({ status: "waiting", crowded: true });
  await passed(30_000);
  expect(sockets()).toBe(2);
});

test.each([
  [refuse(404, "not_found"), "gone"],
  [refuse(403, "consent_required"), "consent"],
  [refuse(403, "account_disabled"), "disabled"],
])("a ticket that is refused for good ends it (%#)", async (refusal, status) => {
  const { result } = connect({ [TICKET]: refusal });
  await passed(60_000);
  expect(result.current.status).toBe(status);
});

test("another conversation gets another socket, and the old one's frames go nowhere", async () => {
  const { rerender } = await open();
  const old = FakeWebSocket.last;
  rerender({ conversationId: OTHER, enabled: true, resumeFrom: () => held, onFrames: () => {} });
  await passed(0);
  expect(old.readyState).toBe(3);
  expect(old.onmessage).toBeNull();
  expect(FakeWebSocket.last.url).toContain(OTHER);
});

test("nothing is sent over a socket that isn't open", async () => {
  const { result } = connect();
  await passed(0);
  expect(result.current.send({ type: "ping" })).toBe(false);
});
