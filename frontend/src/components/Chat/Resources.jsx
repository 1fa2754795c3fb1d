import { HelpNumbers } from "./HelpNumbers";

/** Numbers to call where they belong: in the conversation, with the reply that they came with. */
export function Resources({ flag, children }) {
  return (
    <section className="my-1 grid gap-2.5" aria-label="Numbers to call">
      <HelpNumbers flag={flag} />
      {children}
    </section>
  );
}
