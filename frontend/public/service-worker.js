/* Keeps the emergency page for when there is no network, and nothing else: no other address is touched, and nothing of
   a patient's is ever stored. */
const CACHE = "veda-emergency";
const KEPT = ["/emergency", "/static/veda/emergency.css", "/static/app/favicon.svg"];
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
  const cache = await caches.open(CACHE);
  await cache.put(path, response.clone());
  return response;
}

async function answer(path, network) {
  const kept = await caches.match(path, { cacheName: CACHE });
  if (!kept) return network;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([network, late]).catch(() => kept);
}

self.addEventListener("install", (event) => event.waitUntil(keep()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (!KEPT.includes(pathname)) return;
  const network = fromNetwork(request, pathname);
  event.waitUntil(network.catch(() => {}));
  event.respondWith(answer(pathname, network));
});
