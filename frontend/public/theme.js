/* The look that was chosen on this device, before anything is drawn; src/stores/themeStore.js keeps it. */
try {
  const theme = localStorage.getItem("veda.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  /* Without storage the page looks as the system does. */
}
