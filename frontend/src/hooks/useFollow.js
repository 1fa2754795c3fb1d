import { useCallback, useEffect, useRef, useState } from "react";

const NEAR = 48;
/** What stays free below the end; the lower edge of the box fades out. */
const ROOM = 40;
/** What stays free above the head of an answer. */
const HEADROOM = 12;

const lastSaid = (box) => [...box.querySelectorAll("[data-end]")].at(-1);

/**
 * How far one has to scroll: `head`, to what was said last from its first line on, and `end`, to its last, since the
 * sources below an answer would push what is being written out of sight. Numbers to call (`data-must-see`) come into view
 * whatever stands before them, the first of them above all, and what follows them doesn't count as the end.
 */
function placesOf(box) {
  const last = lastSaid(box);
  if (!last) return { head: 0, end: 0 };
  const bottom = box.scrollHeight - box.clientHeight;
  const frame = box.getBoundingClientRect();
  const within = (way) => Math.max(Math.min(box.scrollTop + way, bottom), 0);
  const toBottomOf = (element) => element.getBoundingClientRect().bottom - frame.bottom + ROOM;

  const toEnd = toBottomOf(last);
  const toTopOf = (element) => element.getBoundingClientRect().top - frame.top - HEADROOM;
  const calls = [...last.querySelectorAll("[data-must-see]")];
  const toCalls = calls.length && Math.min(toBottomOf(calls.at(-1)), toTopOf(calls[0]));
  const toTop = toTopOf(last);
  const head = within(Math.min(toEnd, calls.length ? Math.max(toTop, toCalls) : toTop));
  return { head, end: calls.length ? head : within(toEnd) };
}

/**
 * Keeps what is being said in view while it grows, but never past its first line, so that one reads from there; or to its
 * end, for who asked for that; until one scrolls up. `key`: another conversation opens at the last thing said. Gives the
 * refs of the scrolling box and of what grows in it.
 */
export function useFollow(key) {
  const box = useRef(null);
  const content = useRef(null);
  /** null, "head", or the element whose end is wanted. */
  const wanted = useRef("head");
  /** Where the reader is: false at the end, "reading" further up because one reads from the first line, "left" by scrolling up. */
  const [away, setAway] = useState(false);

  const toLatest = useCallback(() => {
    wanted.current = "head";
    box.current.scrollTop = placesOf(box.current).head;
  }, []);

  const toEnd = useCallback(() => {
    wanted.current = lastSaid(box.current) ?? "head";
    box.current.scrollTop = placesOf(box.current).end;
  }, []);

  useEffect(() => {
    const element = box.current;
    let before = element.scrollTop;

    const see = (end) =>
      setAway(end - element.scrollTop > NEAR && (wanted.current === null ? "left" : "reading"));

    /* Content that grows lengthens the way to the end too; only a way upwards is the reader's own. */
    function onScroll() {
      const { end } = placesOf(element);
      const isShorter = element.scrollTop >= element.scrollHeight - element.clientHeight - 1;
      if (element.scrollTop < before && !isShorter) wanted.current = null;
      else if (wanted.current === null && end - element.scrollTop <= NEAR) wanted.current = "head";
      before = element.scrollTop;
      see(end);
    }

    function follow() {
      const { head, end } = placesOf(element);
      if (wanted.current) {
        const place = wanted.current === lastSaid(element) ? end : head;
        element.scrollTop = Math.max(element.scrollTop, place);
      }
      see(end);
    }

    /* What was said last too: an answer grows without the content growing where its sources are longer than it is.
       Sizes are told of after the layout: looking for places at each change of the text would force one more. */
    const sizes = new ResizeObserver(follow);
    sizes.observe(element);
    sizes.observe(content.current);
    let last = null;
    function watchLast() {
      const now = lastSaid(element);
      if (now === last) return;
      if (last) sizes.unobserve(last);
      if (now) sizes.observe(now);
      last = now;
    }
    const changes = new MutationObserver(watchLast);
    changes.observe(content.current, { childList: true, subtree: true });
    watchLast();
    element.addEventListener("scroll", onScroll, { passive: true });
    toLatest();
    return () => {
      sizes.disconnect();
      changes.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [key, toLatest]);

  return { box, content, away, toLatest, toEnd };
}
