import { useId } from "react";

import { CRISIS, MEDICAL } from "../../app/danger";
import { useAfterWriting } from "../../hooks/useAfterWriting";
import { useUiStore } from "../../stores/uiStore";
import { Button } from "../Common/Button";
import { useModalDialog } from "../Common/useModalDialog";
import { HelpNumbers } from "./HelpNumbers";
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
  const dialog = useModalDialog();
  const id = useId();
  const { title, self, other } = WORDS[flag.category];

  return (
    <dialog
      ref={dialog}
      role="alertdialog"
      aria-modal="true"
      className="dialog dialog-help"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-words`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={onClose}
    >
      <div className={`help-head ${flag.category === CRISIS ? "" : "help-head-danger"}`}>
        {/* The focus goes here, so that Enter neither dials nor closes. */}
        <h2 id={`${id}-title`} tabIndex={-1} data-first>
          {t(title)}
        </h2>
        <p id={`${id}-words`}>{t(flag.about_other ? other : self)}</p>
      </div>
      <div className="help-body" role="group" aria-label={t("common.numbersToCall")}>
        <HelpNumbers flag={flag} />
      </div>
      <div className="help-foot">
        {stays && <p className="meta">{t("emergencyDialog.theNumbersStayInYour")}</p>}
        <Button look="line" className="ms-auto" onClick={onClose}>
          {stays ? t("common.backToTheConversation") : t("common.close")}
        </Button>
      </div>
    </dialog>
  );
}

/** Whom to call, before everything else, once for each message that tells of a danger. */
export function EmergencyDialog() {
  const alarm = useAfterWriting(useUiStore((ui) => ui.alarm));
  const closeAlarm = useUiStore((ui) => ui.closeAlarm);
  return alarm && <Dialog alarm={alarm} onClose={closeAlarm} />;
}
