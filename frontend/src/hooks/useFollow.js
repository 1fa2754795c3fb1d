import { useCallback, useEffect, useRef, useState } from "react";

const NEAR = 48;
/** What stays free below the end; the lower edge of the box fades out. */
const ROOM = 40;

/**
 * How far one has to scroll to see the end: that of the last thing said (`data-end`), since the sources below an answer
 * would push what is being written out of sight. What has to be read from its first line (`data-end="start"`) is never
 * scrolled past that.
 */
function endOf(box) {
  const bottom = box.scrollHeight - box.clientHeight;
  const last = [...box.querySelectorAll("[data-end]")].at(-1);
  if (!last) return 0;
  const frame = box.getBoundingClientRect();
  const said = last.getBoundingClientRect();
  const below = said.bottom - frame.bottom + ROOM;
  const above = said.top - frame.top - ROOM;
  const way = last.dataset.end === "start" ? Math.min(below, above) : below;
  return Math.min(box.scrollTop + way, bottom);
}

/**
 * Keeps the end in view while the content grows, until one scrolls up. `key`: another conversation opens at its end.
 * Gives the refs of the scrolling box and of what grows in it.
 */
export function useFollow(key) {
  const box = useRef(null);
  const content = useRef(null);
  const following = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    following.current = true;
    box.current.scrollTop = endOf(box.current);
  }, []);

  useEffect(() => {
    const element = box.current;
    let before = element.scrollTop;

    /* Content that grows lengthens the way to the end too; only a way upwards is the reader's own. */
    function onScroll() {
      const upwards = element.scrollTop < before;
      before = element.scrollTop;
      if (endOf(element) - element.scrollTop <= NEAR) following.current = true;
      else if (upwards) following.current = false;
      setAway(!following.current);
    }

    function follow() {
      const end = endOf(element);
      if (following.current) element.scrollTop = Math.max(element.scrollTop, end);
      setAway(!following.current && end - element.scrollTop > NEAR);
    }

    /* Both, because an answer grows without the box's content growing where its sources are longer than it is. */
    const sizes = new ResizeObserver(follow);
    sizes.observe(element);
    sizes.observe(content.current);
    const changes = new MutationObserver(follow);
    changes.observe(content.current, { childList: true, characterData: true, subtree: true });
    element.addEventListener("scroll", onScroll, { passive: true });
    toEnd();
    return () => {
      sizes.disconnect();
      changes.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [key, toEnd]);

  return { box, content, away, toEnd };
}
