import { create } from "zustand";

/** public/theme.js reads it too, before the page is drawn. */
const KEY = "veda.theme";
const SYSTEM = "system";
export const THEMES = [SYSTEM, "light", "dark"];

function stored() {
  try {
    const theme = localStorage.getItem(KEY);
    return THEMES.includes(theme) ? theme : SYSTEM;
  } catch {
    return SYSTEM;
  }
}

function store(theme) {
  try {
    if (theme === SYSTEM) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    /* Storage may be switched off; then the choice lasts as long as the page. */
  }
}

/** The browser's own bars have a colour for each look, in the page's head. */
function colourBars(theme) {
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    const { look } = meta.dataset;
    if (theme === SYSTEM) meta.media = `(prefers-color-scheme: ${look})`;
    else meta.media = look === theme ? "all" : "not all";
  }
}

function show(theme) {
  const { dataset } = document.documentElement;
  if (theme === SYSTEM) delete dataset.theme;
  else dataset.theme = theme;
  colourBars(theme);
}

/** How the page looks on this device, whoever is signed in: as the system does, light or dark. */
export const useThemeStore = create((set) => {
  const take = (theme) => {
    show(theme);
    set({ theme });
  };
  const theme = stored();
  show(theme);
  window.addEventListener("storage", ({ key }) => key === KEY && take(stored()));
  return {
    theme,
    choose(chosen) {
      store(chosen);
      take(chosen);
    },
  };
});
