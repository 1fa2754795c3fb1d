import { useLayoutEffect, useRef } from "react";

/** The ref of a dialog that is open as long as it is rendered. */
export function useModalDialog() {
  const dialog = useRef(null);

  /* A layout effect, because a dialog gives the focus back only while it is still in the page. */
  useLayoutEffect(() => {
    const element = dialog.current;
    element.showModal();
    element.querySelector("[data-first]")?.focus();
    return () => element.close();
  }, []);

  return dialog;
}
