import { HelpNumbers } from "./HelpNumbers";
import { t } from "../../utils/i18n";

/** Numbers to call where they belong: in the conversation, with the reply that they came with. */
export function Resources({ flag, children }) {
  return (
    <div
      className="my-1 grid grid-cols-[minmax(0,1fr)] gap-2.5"
      role="group"
      aria-label={t("common.numbersToCall")}
    >
      <HelpNumbers flag={flag} />
      {children}
    </div>
  );
}
