/* What the tabs of one browser tell each other: that somebody signed out or in, and a new access token. */
const NAME = "veda.session";

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);

/** event: {type: "signedOut"} or {type: "signedIn", user: id}. The tab that tells doesn't hear it. */
export function tellTabs(event) {
  if (channel) return channel.postMessage(event);
  try {
    localStorage.setItem(NAME, JSON.stringify(event));
    return localStorage.removeItem(NAME);
  } catch {
    /* Neither way: each tab finds out from the server. */
    return undefined;
  }
}

/**
 * Told as {type: "token", access, user}; `user` is null where this tab doesn't know yet who that is. From memory to memory
 * only, never by way of the storage: without a channel each tab asks for a token of its own.
 */
export const shareToken = (access, user) => channel?.postMessage({ type: "token", access, user });

/** Calls `heard(event)` for what other tabs tell. Gives the function that ends it. */
export function hearTabs(heard) {
  const onMessage = ({ data }) => heard(data);
  const onStorage = ({ key, newValue }) => key === NAME && newValue && heard(JSON.parse(newValue));
  channel?.addEventListener("message", onMessage);
  if (!channel) window.addEventListener("storage", onStorage);
  return () => {
    channel?.removeEventListener("message", onMessage);
    window.removeEventListener("storage", onStorage);
  };
}
