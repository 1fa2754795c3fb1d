/* Keeps the emergency page for when there is no network, and one that links to it in the place of any other. Nothing of
   a patient's is ever stored, and no other address is touched unless its page can't be loaded. */
const CACHE = "veda-emergency";
const OFFLINE = "/static/app/offline.html";
const KEPT = [
  "/emergency",
  "/static/veda/emergency.css",
  "/static/app/emergency.woff2",
  "/static/app/favicon.svg",
  "/static/app/theme.js",
  OFFLINE,
];
/** A network that is there and doesn't answer must not hold up somebody in danger. */
const PATIENCE = 4_000;

const asStranger = (path) => new Request(path, { cache: "reload", credentials: "omit" });

async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(KEPT.map(asStranger));
  await self.skipWaiting();
}

async function fromNetwork(request, path) {
  const response = await fetch(request);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  // With a query it is the page as somebody chose it: theirs to see, not to keep.
  if (!new URL(request.url).search) {
    const cache = await caches.open(CACHE);
    await cache.put(path, response.clone());
  }
  return response;
}

async function answer(path, network) {
  const kept = await caches.match(path, { cacheName: CACHE });
  if (!kept) return network;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([network, late]).catch(() => kept);
}

async function loaded(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(OFFLINE, { cacheName: CACHE });
    if (!kept) throw error;
    return kept;
  }
}

self.addEventListener("install", (event) => event.waitUntil(keep()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (!KEPT.includes(pathname)) {
    if (request.mode === "navigate") event.respondWith(loaded(request));
    return;
  }
  const network = fromNetwork(request, pathname);
  event.waitUntil(network.catch(() => {}));
  event.respondWith(answer(pathname, network));
});
