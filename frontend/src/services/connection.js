/* One conversation's socket: opened with a ticket, kept alive, opened again. It knows nothing of messages. */
import { WS_BASE } from "../app/env";
import { refreshToken } from "./api";
import { isCode, statusOf } from "./apiError";
import { getTicket } from "./chatService";
import { makePing, SERVER } from "./contracts";

const CLOSE = { NOT_SIGNED_IN: 4401, GONE: 4404, DISABLED: 4423, CROWDED: 4429 };
const LONGEST_WAIT = 30_000;
const PING_EVERY = 20_000;
const PONG_WITHIN = 5_000;
const NORMAL_CLOSURE = 1000;

/** 1, 2, 4, 8 … 30 s, give or take a quarter, so that a restarted server isn't met by everybody at once. */
export function backoff(attempt, random = Math.random) {
  const wait = Math.min(1000 * 2 ** attempt, LONGEST_WAIT);
  return Math.min(wait * (0.75 + random() / 2), LONGEST_WAIT);
}

function socketAddress(conversationId, ticket) {
  const base = WS_BASE || window.location.origin.replace(/^http/, "ws");
  return `${base}/ws/conversations/${conversationId}?token=${encodeURIComponent(ticket)}`;
}

/** Why no ticket is given, where asking again is of no use. */
function refusal(error) {
  if (isCode(error, "account_disabled")) return "disabled";
  return { 401: "signedOut", 403: "consent", 404: "gone" }[statusOf(error)];
}

/**
 * onStatus({status, attempts}): connecting, open, waiting, gone, disabled, signedOut, consent. The last four are final.
 * `crowded` tells that the server counts too many sockets; we go on trying. `doubted`: open, but the browser says that it
 * is offline, or a frame couldn't be sent, and the server hasn't been heard since.
 */
export function openConnection({ conversationId, onOpen, onFrame, onStatus }) {
  let socket = null;
  let attempts = 0;
  let ended = false;
  let opening = false;
  let refreshed = false;
  let doubted = false;
  let retryTimer = null;
  let pingTimer = null;
  let pongTimer = null;

  const tell = (status, more) => onStatus({ status, attempts, crowded: false, doubted, ...more });

  function clearTimers() {
    [retryTimer, pingTimer, pongTimer].forEach(clearTimeout);
  }

  function drop() {
    clearTimers();
    pongTimer = null;
    doubted = false;
    const dropped = socket;
    socket = null;
    if (!dropped) return;
    dropped.onopen = dropped.onmessage = dropped.onclose = null;
    dropped.close(NORMAL_CLOSURE);
  }

  function end(status) {
    ended = true;
    drop();
    if (status) tell(status);
  }

  function wait(more) {
    drop();
    const delay = more?.crowded ? LONGEST_WAIT : backoff(attempts);
    attempts += 1;
    tell("waiting", more);
    retryTimer = setTimeout(connect, delay);
  }

  function send(frame) {
    if (socket?.readyState !== WebSocket.OPEN) return false;
    try {
      socket.send(JSON.stringify(frame));
    } catch {
      return false;
    }
    return true;
  }

  /** Whatever arrives next shows that the line is alive. */
  function probe() {
    clearTimeout(pingTimer);
    if (!send(makePing())) return;
    pongTimer ??= setTimeout(() => wait(), PONG_WITHIN);
  }

  /** At once, without waiting for the pong; only a pong is proof, since other frames may have been on their way. */
  function doubt() {
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (!doubted) {
      doubted = true;
      tell("open");
    }
    probe();
  }

  function hear({ type } = {}) {
    if (doubted && type !== SERVER.PONG) return;
    if (doubted) {
      doubted = false;
      tell("open");
    }
    clearTimeout(pongTimer);
    pongTimer = null;
    clearTimeout(pingTimer);
    pingTimer = setTimeout(probe, PING_EVERY);
  }

  async function signInAgain() {
    drop();
    if (refreshed) return wait();
    refreshed = true;
    try {
      await refreshToken();
    } catch (error) {
      if (ended) return undefined;
      return statusOf(error) === 401 ? end("signedOut") : wait();
    }
    return ended ? undefined : connect();
  }

  const afterClose = {
    [CLOSE.NOT_SIGNED_IN]: signInAgain,
    [CLOSE.GONE]: () => end("gone"),
    [CLOSE.DISABLED]: () => end("disabled"),
    [CLOSE.CROWDED]: () => wait({ crowded: true }),
  };

  async function connect() {
    if (ended || opening || socket) return;
    clearTimers();
    opening = true;
    tell("connecting");
    try {
      const ticket = await getTicket(conversationId);
      if (!ended) listen(new WebSocket(socketAddress(conversationId, ticket)));
    } catch (error) {
      if (ended) return;
      const status = refusal(error);
      if (status) end(status);
      else wait();
    } finally {
      opening = false;
    }
  }

  function listen(opened) {
    socket = opened;
    opened.onopen = () => {
      hear();
      onOpen(send);
      tell("open");
    };
    opened.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      hear(frame);
      if (frame.type === SERVER.RESUME_ACK) {
        attempts = 0;
        refreshed = false;
      }
      onFrame(frame);
    };
    opened.onclose = ({ code }) => {
      socket = null;
      doubted = false;
      (afterClose[code] ?? wait)();
    };
  }

  function retry() {
    if (ended || opening) return;
    if (socket) probe();
    else connect();
  }

  function onVisible() {
    if (document.visibilityState === "visible") retry();
  }

  window.addEventListener("online", retry);
  window.addEventListener("offline", doubt);
  document.addEventListener("visibilitychange", onVisible);
  connect();

  return {
    send,
    retry,
    close() {
      window.removeEventListener("online", retry);
      window.removeEventListener("offline", doubt);
      document.removeEventListener("visibilitychange", onVisible);
      end();
    },
  };
}
