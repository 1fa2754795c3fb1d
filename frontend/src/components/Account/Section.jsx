import { useId } from "react";

/** One matter of the account, on a sheet of its own. */
export function Section({ title, children }) {
  const id = useId();
  return (
    <section className="sheet form" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
