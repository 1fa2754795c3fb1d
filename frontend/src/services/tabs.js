/* What the tabs of one browser tell each other: that somebody signed out, or in. Never a token. */
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
