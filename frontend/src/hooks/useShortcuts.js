import { useEffect, useEffectEvent } from "react";

const isField = ({ tagName, isContentEditable }) =>
  isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(tagName);

/** The name of what `event` presses: "?" alone, everything else together with Ctrl or ⌘, or Shift + Escape. */
function nameOf({ key, ctrlKey, metaKey, shiftKey, altKey, target }) {
  if (altKey) return null;
  if (ctrlKey || metaKey) return `mod${shiftKey ? "+shift" : ""}+${key.toLowerCase()}`;
  if (key === "Escape" && shiftKey) return "shift+escape";
  return key === "?" && !isField(target) ? "?" : null;
}

/** actions: {"mod+k": () => …}. A dialog that is open has the keys to itself. */
export function useShortcuts(actions) {
  const onKeyDown = useEffectEvent((event) => {
    const action = actions[nameOf(event)];
    if (!action || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    const listen = (event) => onKeyDown(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
