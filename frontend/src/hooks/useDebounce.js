import { useEffect, useState } from "react";

/** The value as it was when it last stood still for `delay` milliseconds. */
export function useDebounce(value, delay = 300) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delay);
    return () => clearTimeout(timer);
  }, [value, delay]);
  return settled;
}
