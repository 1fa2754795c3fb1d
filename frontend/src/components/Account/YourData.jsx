import { useState } from "react";

import { useAuth } from "../../hooks/useAuth";
import { useNote } from "../../hooks/useNote";
import { exportAccount } from "../../services/accountService";
import { saveFile } from "../../utils/saveFile";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { Notice } from "../Common/Notice";
import { PasswordDialog } from "./PasswordDialog";
import { Section } from "./Section";

function ExportDialog({ onDone, onClose }) {
  async function download(password) {
    const zip = await exportAccount(password);
    saveFile(zip, `veda-export-${new Date().toISOString().slice(0, 10)}.zip`);
    onDone();
  }
  return (
    <PasswordDialog
      title="Download your data"
      action="Download"
      doing="Preparing your file…"
      onConfirm={download}
      onClose={onClose}
    >
      <p>
        The file holds everything that Veda keeps about you, to read and for other programs. It is
        about your health: keep it where only you can open it.
      </p>
    </PasswordDialog>
  );
}

function DeleteDialog({ onClose }) {
  const { deleteAccount } = useAuth();
  return (
    <PasswordDialog
      title="Delete your account?"
      action="Delete my account"
      doing="Deleting…"
      onConfirm={deleteAccount}
      onClose={onClose}
    >
      <div className="grid gap-2">
        <p>
          <strong>Erased for good:</strong> your name, e-mail address and password, all
          conversations with their answers and pictures, your agreements and your devices.
        </p>
        <p>
          <strong>Stays, with numbers in place of your name:</strong> what was decided about a
          message that seemed dangerous, and who signed in, changed or read something when, with the
          browser and the network address without its last part. It holds nothing that you wrote,
          and stays as long as the law asks of those who run this service, by default six years.
        </p>
        <p>
          Where Veda noted a danger that staff are still looking at, the text of that conversation
          is kept for them until they are done, 30 days at the most, and then erased.
        </p>
      </div>
    </PasswordDialog>
  );
}

export function YourData() {
  const [dialog, setDialog] = useState(null);
  const [note, tell] = useNote();
  const close = () => setDialog(null);

  return (
    <Section title="Your data">
      <p className="text-ui">
        Download everything that Veda keeps about you: your conversations, pictures, agreements and
        devices, and when staff have read something and why.
      </p>
      <Button look="line" className="justify-self-start" onClick={() => setDialog("export")}>
        Download your data
      </Button>
      <Notice look="done">{note}</Notice>
      <p className="text-ui">Or delete your account with everything in it. This can’t be undone.</p>
      <Button look="line" className="justify-self-start" onClick={() => setDialog("delete")}>
        <Icon name="trash-2" />
        Delete your account
      </Button>
      {dialog === "export" && (
        <ExportDialog
          onDone={() => {
            close();
            tell("Your data is in the file that your browser has saved.");
          }}
          onClose={close}
        />
      )}
      {dialog === "delete" && <DeleteDialog onClose={close} />}
    </Section>
  );
}
