import { useId } from "react";

import { useModalDialog } from "../Common/useModalDialog";

/** Whom to call, between words that stay above and buttons that stay below however many numbers there are. */
export function HelpDialog({ title, words, danger = false, foot, onClose, children, ...more }) {
  const dialog = useModalDialog();
  const id = useId();
  return (
    <dialog
      ref={dialog}
      className="dialog dialog-help"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-words`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      /* Closed by the browser; one that leaves the page closes too, and that is no wish. */
      onClose={() => dialog.current && onClose()}
      {...more}
    >
      <div className={`help-head ${danger ? "help-head-danger" : ""}`}>
        {/* The focus goes here, so that Enter neither dials nor closes. */}
        <h2 id={`${id}-title`} tabIndex={-1} data-first>
          {title}
        </h2>
        <p id={`${id}-words`}>{words}</p>
      </div>
      <div className="help-body">{children}</div>
      <div className="help-foot">{foot}</div>
    </dialog>
  );
}
