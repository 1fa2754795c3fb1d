import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { t } from "../../utils/i18n";

/** Above the composer, as long as the patient waits for a person. */
export function HelpAsked({ onOpen }) {
  return (
    <div className="quiet quiet-staff">
      <Icon name="user-round" />
      <p>{t("helpAsked.youAskedForAPerson")}</p>
      <Button className="px-2.5" aria-label={t("helpAsked.detailsOfAskingForA")} onClick={onOpen}>
        {t("helpAsked.details")}
      </Button>
    </div>
  );
}
