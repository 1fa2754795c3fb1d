import { lazy, Suspense } from "react";
import { useNavigate } from "react-router";

import { useUiStore } from "../../stores/uiStore";
import { DeleteDialog } from "./DeleteDialog";
import { PersonDialog } from "./PersonDialog";
import { RenameDialog } from "./RenameDialog";
import { ShortcutsDialog } from "./ShortcutsDialog";

const HealthProfileDialog = lazy(() => import("./HealthProfileDialog"));

/** Whichever dialog is open over a conversation. */
export function ChatDialogs({ id, title, help, danger }) {
  const { dialog, setDialog } = useUiStore();
  const navigate = useNavigate();
  const close = () => setDialog(null);

  switch (dialog) {
    case "shortcuts":
      return <ShortcutsDialog onClose={close} />;
    case "rename":
      return <RenameDialog id={id} title={title} onClose={close} />;
    case "profile":
      return (
        <Suspense fallback={null}>
          <HealthProfileDialog id={id} onClose={close} />
        </Suspense>
      );
    case "person":
      return <PersonDialog id={id} help={help} flag={danger} onClose={close} />;
    case "delete":
      return (
        <DeleteDialog
          id={id}
          title={title}
          isOpen
          onClose={close}
          onDeleted={() => navigate("/chat", { replace: true })}
        />
      );
    default:
      return null;
  }
}
