import { useId } from "react";

import { CRISIS, MEDICAL } from "../../app/danger";
import { useAfterWriting } from "../../hooks/useAfterWriting";
import { useUiStore } from "../../stores/uiStore";
import { Button } from "../Common/Button";
import { useModalDialog } from "../Common/useModalDialog";
import { HelpNumbers } from "./HelpNumbers";

/** For who is in danger, and for who worries about somebody. */
const WORDS = {
  [MEDICAL]: {
    title: "This could be an emergency",
    self: "Please call now, even if you are not sure. Don’t wait for an answer here.",
    other:
      "Please call now for them, even if you are not sure. Stay with them if you can, and don’t wait for an answer here.",
  },
  [CRISIS]: {
    title: "You don’t have to carry this alone",
    self: "Please talk to a person now. You do not need to know what to say.",
    other:
      "Worrying about somebody is hard, and the people at these numbers listen to you too. If they may be in danger now, call the emergency number and stay with them.",
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
          {title}
        </h2>
        <p id={`${id}-words`}>{flag.about_other ? other : self}</p>
      </div>
      <div className="help-body" role="group" aria-label="Numbers to call">
        <HelpNumbers flag={flag} />
      </div>
      <div className="help-foot">
        {stays && <p className="meta">The numbers stay in your conversation.</p>}
        <Button look="line" className="ml-auto" onClick={onClose}>
          {stays ? "Back to the conversation" : "Close"}
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
