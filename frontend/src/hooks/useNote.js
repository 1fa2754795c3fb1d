import { useState } from "react";

import { useUiStore } from "../stores/uiStore";

/** What has been done, to be shown where it was done; it is announced as well. */
export function useNote() {
  const [note, setNote] = useState(null);
  const announce = useUiStore((ui) => ui.announce);
  function tell(words) {
    setNote(words);
    if (words) announce(words);
  }
  return [note, tell];
}
