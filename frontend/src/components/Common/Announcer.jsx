import { useUiStore } from "../../stores/uiStore";

/** The page's one polite live region. */
export function Announcer() {
  const announcement = useUiStore((ui) => ui.announcement);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {announcement}
    </div>
  );
}
