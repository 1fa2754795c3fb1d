import { useId, useMemo, useState } from "react";

const calmly = () =>
  window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

/** Leads from a number to its card, for the eye and for the keyboard. */
function goTo(id) {
  const card = document.getElementById(id);
  if (!card) return;
  card.focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest", behavior: calmly() });
}

/** The value of SourcesContext for one answer. */
export function useSources(sources) {
  const [pointed, point] = useState(null);
  const [opened, setOpened] = useState(null);
  const id = useId();

  return useMemo(() => {
    const cardId = (n) => `${id}-source-${n}`;
    return {
      byNumber: new Map(sources.map((source) => [source.n, source])),
      pointed,
      opened,
      point,
      cardId,
      open(n, { go = false } = {}) {
        setOpened(n);
        if (go) requestAnimationFrame(() => goTo(cardId(n)));
      },
    };
  }, [sources, pointed, opened, id]);
}
