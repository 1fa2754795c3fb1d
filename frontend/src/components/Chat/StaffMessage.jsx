import { formatMoment } from "../../utils/formatDate";
import { t } from "../../utils/i18n";

const initialsOf = (name) =>
  name
    .split(/\s+/)
    .filter(Boolean)
    .map(([letter]) => letter)
    .filter((_, at, letters) => at === 0 || at === letters.length - 1)
    .join("");

/** A human being of the care team. Blue is theirs alone, and the words say it too. */
export function StaffMessage({ message }) {
  const name = message.metadata?.name || t("staffMessage.careTeam");
  return (
    <article
      className="w-fit max-w-[min(36rem,100%)] rounded-sheet rounded-ss-tail bg-staff-soft px-4.5 py-3.5"
      data-end
      aria-label={t("staffMessage.messageFromNameAPerson", { name })}
    >
      <h2 className="who text-staff-ink">
        <span className="initials" aria-hidden="true">
          {initialsOf(name)}
        </span>
        {name}
        <span className="meta font-normal">
          {t("staffMessage.aPersonFromStaffMoment", { moment: formatMoment(message.created_at) })}
        </span>
      </h2>
      <p className="whitespace-pre-wrap" dir="auto">
        {message.content}
      </p>
    </article>
  );
}
