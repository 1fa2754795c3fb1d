/** The step that is going on: a slow pulse beside its words. */
export function TypingIndicator({ children }) {
  return (
    <>
      <span className="pulse" aria-hidden="true" />
      <span>{children}</span>
    </>
  );
}
