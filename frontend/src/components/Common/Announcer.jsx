import { useUiStore } from "../../stores/uiStore";

/** The page's one polite live region. The same words a second time are news again. */
export function Announcer() {
  const announcement = useUiStore((ui) => ui.announcement);
  const announced = useUiStore((ui) => ui.announced);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      <p key={announced}>{announcement}</p>
    </div>
  );
}
