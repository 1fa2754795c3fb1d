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
import { RichText } from "../Common/RichText";
import { t } from "../../utils/i18n";

function ExportDialog({ onDone, onClose }) {
  async function download(password) {
    const zip = await exportAccount(password);
    saveFile(zip, `veda-export-${new Date().toISOString().slice(0, 10)}.zip`);
    onDone();
  }
  return (
    <PasswordDialog
      title={t("yourData.downloadYourData")}
      action={t("yourData.download")}
      doing={t("yourData.preparingYourFile")}
      onConfirm={download}
      onClose={onClose}
    >
      <p>{t("yourData.theFileHoldsEverythingThat")}</p>
    </PasswordDialog>
  );
}

function DeleteDialog({ onClose }) {
  const { deleteAccount } = useAuth();
  return (
    <PasswordDialog
      title={t("yourData.deleteYourAccount")}
      action={t("common.delete")}
      doing={t("yourData.deleting")}
      look="danger"
      onConfirm={deleteAccount}
      onClose={onClose}
    >
      <div className="grid gap-2 text-ui">
        <p>
          <RichText id="yourData.erasedForGood" strong={<strong />} />
        </p>
        <p>
          <RichText id="yourData.staysWithNumbersInPlace" strong={<strong />} />
        </p>
        <p>{t("yourData.whereVedaNotedADanger")}</p>
      </div>
    </PasswordDialog>
  );
}

export function YourData() {
  const [dialog, setDialog] = useState(null);
  const [note, tell] = useNote();
  const close = () => setDialog(null);

  return (
    <Section title={t("yourData.yourData")}>
      <p className="text-ui">{t("yourData.downloadEverythingThatVedaKeeps")}</p>
      <Button look="line" className="justify-self-start" onClick={() => setDialog("export")}>
        {t("yourData.downloadYourData")}
      </Button>
      <Notice look="done">{note}</Notice>
      <p className="text-ui">{t("yourData.orDeleteYourAccountWith")}</p>
      <Button look="line" className="justify-self-start" onClick={() => setDialog("delete")}>
        <Icon name="trash-2" />
        {t("yourData.deleteYourAccount2")}
      </Button>
      {dialog === "export" && (
        <ExportDialog
          onDone={() => {
            close();
            tell(t("yourData.yourDataIsInThe"));
          }}
          onClose={close}
        />
      )}
      {dialog === "delete" && <DeleteDialog onClose={close} />}
    </Section>
  );
}
