import { CRISIS, MEDICAL } from "../../app/danger";
import { useAfterWriting } from "../../hooks/useAfterWriting";
import { useUiStore } from "../../stores/uiStore";
import { Button } from "../Common/Button";
import { HelpDialog } from "./HelpDialog";
import { Resources } from "./Resources";
import { t } from "../../utils/i18n";

/** For who is in danger, and for who worries about somebody. */
const WORDS = {
  [MEDICAL]: {
    title: "emergencyDialog.thisCouldBeAnEmergency",
    self: "emergencyDialog.pleaseCallNowEvenIf",
    other: "emergencyDialog.pleaseCallNowForThem",
  },
  [CRISIS]: {
    title: "emergencyDialog.youDontHaveToCarry",
    self: "emergencyDialog.pleaseTalkToAPerson",
    other: "emergencyDialog.worryingAboutSomebodyIsHard",
  },
};

function Dialog({ alarm, onClose }) {
  const { flag, stays } = alarm;
  const { title, self, other } = WORDS[flag.category];

  return (
    <HelpDialog
      role="alertdialog"
      aria-modal="true"
      title={t(title)}
      words={t(flag.about_other ? other : self)}
      danger={flag.category !== CRISIS}
      onClose={onClose}
      foot={
        <>
          {stays && <p className="meta">{t("emergencyDialog.theNumbersStayInYour")}</p>}
          <Button look="line" className="ms-auto" onClick={onClose}>
            {stays ? t("common.backToTheConversation") : t("common.close")}
          </Button>
        </>
      }
    >
      <Resources flag={flag} />
    </HelpDialog>
  );
}

/** Whom to call, before everything else, once for each message that tells of a danger. */
export function EmergencyDialog() {
  const alarm = useAfterWriting(useUiStore((ui) => ui.alarm));
  const closeAlarm = useUiStore((ui) => ui.closeAlarm);
  return alarm && <Dialog alarm={alarm} onClose={closeAlarm} />;
}
