import { useId } from "react";

import { useModalDialog } from "./useModalDialog";

/** A native dialog, open as long as it is rendered. What has `data-first` gets the focus, else the title. */
export function Modal({ title, onClose, className = "dialog", children }) {
  const dialog = useModalDialog();
  const titleId = useId();

  return (
    <dialog
      ref={dialog}
      className={className}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === dialog.current && onClose()}
    >
      <div className="grid gap-4 p-6">
        <h2 id={titleId} tabIndex={-1}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
