import { useEffect, useRef, useState } from "react";

/** So long after the last letter somebody isn't in the middle of a word. In milliseconds. */
const PAUSE = 1_000;

/**
 * `value`, but not while the patient is writing: what opens then would take the letters that follow. Null until they pause.
 */
export function useAfterWriting(value) {
  const last = useRef(0);
  const [shown, setShown] = useState(null);

  useEffect(() => {
    const onInput = () => {
      last.current = Date.now();
    };
    document.addEventListener("input", onInput, true);
    return () => document.removeEventListener("input", onInput, true);
  }, []);

  useEffect(() => {
    let timer = null;
    /* A field that was emptied by sending is being written in no longer. */
    function look() {
      const left = document.activeElement?.value ? last.current + PAUSE - Date.now() : 0;
      if (left > 0) timer = setTimeout(look, left);
      else setShown(value);
    }
    timer = setTimeout(look);
    return () => clearTimeout(timer);
  }, [value]);

  return shown === value ? value : null;
}
