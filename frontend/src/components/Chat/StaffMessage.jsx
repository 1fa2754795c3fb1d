import { formatMoment } from "../../utils/formatDate";

/** A human being of the care team. Blue is theirs alone, and the words say it too. */
export function StaffMessage({ message }) {
  const name = message.metadata?.name ?? "Care team";
  return (
    <article
      className="w-fit max-w-[min(36rem,100%)] rounded-sheet rounded-tl-tail bg-staff-soft px-4.5 py-3.5"
      data-end
      aria-label={`Message from ${name}, a person`}
    >
      <h2 className="who text-staff-ink">
        {name}, a person
        <span className="meta font-normal">{formatMoment(message.created_at)}</span>
      </h2>
      <p className="whitespace-pre-wrap">{message.content}</p>
    </article>
  );
}
