/* The look and the text size that were chosen on this device, before anything is drawn; src/stores/themeStore.js keeps them.
   The emergency page takes them too, and is whole without them. */
try {
  for (const name of ["theme", "text"]) {
    const chosen = localStorage.getItem(`veda.${name}`);
    if (chosen) document.documentElement.dataset[name] = chosen;
  }
} catch {
  /* Without storage the page looks as the system does. */
}
