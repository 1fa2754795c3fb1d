import { create } from "zustand";

const SYSTEM = "system";
/** What can be chosen; the first is what holds where nothing was. public/theme.js reads it too, before the page is drawn. */
export const CHOICES = {
  theme: [SYSTEM, "light", "dark"],
  text: ["normal", "larger", "largest"],
};

const keyOf = (name) => `veda.${name}`;
const isDefault = (name, value) => value === CHOICES[name][0];

function stored(name) {
  try {
    const value = localStorage.getItem(keyOf(name));
    return CHOICES[name].includes(value) ? value : CHOICES[name][0];
  } catch {
    return CHOICES[name][0];
  }
}

function store(name, value) {
  try {
    if (isDefault(name, value)) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), value);
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

function show(name, value) {
  const { dataset } = document.documentElement;
  if (isDefault(name, value)) delete dataset[name];
  else dataset[name] = value;
  if (name === "theme") colourBars(value);
}

/** How the page looks on this device, whoever is signed in: as the system does, light or dark; and how large its text is. */
export const useThemeStore = create((set) => {
  const take = (name, value) => {
    show(name, value);
    set({ [name]: value });
  };
  const names = Object.keys(CHOICES);
  const chosen = Object.fromEntries(names.map((name) => [name, stored(name)]));
  for (const name of names) show(name, chosen[name]);
  window.addEventListener("storage", ({ key }) => {
    const name = names.find((known) => keyOf(known) === key);
    if (name) take(name, stored(name));
  });
  return {
    ...chosen,
    choose(name, value) {
      store(name, value);
      take(name, value);
    },
  };
});
