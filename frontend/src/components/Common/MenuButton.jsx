import { useEffect, useRef, useState } from "react";

import { Button } from "./Button";
import { Icon } from "./Icon";

const MOVES = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (at, count) => count - 1,
};

/** Within a list that scrolls the menu may begin below its edge. */
const show = (element) => element?.scrollIntoView({ block: "nearest" });

/** A button that opens a short list of actions: [{icon, label, onSelect}]. */
export function MenuButton({ label, items }) {
  const [open, setOpen] = useState(false);
  const frame = useRef(null);
  const button = useRef(null);

  useEffect(() => {
    if (!open) return undefined;
    frame.current.querySelector("[role=menuitem]").focus();
    const onPress = ({ target }) => !frame.current.contains(target) && setOpen(false);
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [open]);

  function close() {
    setOpen(false);
    button.current.focus();
  }

  function onKeyDown(event) {
    if (event.key === "Escape") close();
    if (event.key === "Tab") setOpen(false);
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const entries = [...frame.current.querySelectorAll("[role=menuitem]")];
    entries[move(entries.indexOf(document.activeElement), entries.length)].focus();
  }

  return (
    <div className="relative" ref={frame}>
      <Button
        ref={button}
        className="btn-square"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="ellipsis-vertical" />
      </Button>
      {open && (
        <div className="menu" role="menu" aria-label={label} ref={show} onKeyDown={onKeyDown}>
          {items.map(({ icon, label: words, onSelect }) => (
            <Button
              key={words}
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                close();
                onSelect();
              }}
            >
              <Icon name={icon} className="text-link" />
              {words}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}
