/** Has the browser keep the emergency page, once it has nothing better to do. Without it the page works as before. */
export function keepEmergencyNumbers() {
  if (!("serviceWorker" in navigator)) return;
  const register = () => navigator.serviceWorker.register("/service-worker.js").catch(() => {});
  if (document.readyState === "complete") register();
  else window.addEventListener("load", register, { once: true });
}
