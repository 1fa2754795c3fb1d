import { useDeletion } from "../../hooks/useDeletion";
import { t } from "../../utils/i18n";
import { Button } from "../Common/Button";
import { Modal } from "../Common/Modal";

/** `isOpen`: on the page, which taking the deletion back opens again. */
export function DeleteDialog({ id, title, isOpen, onClose, onDeleted }) {
  const { deleteLater } = useDeletion();

  function confirm() {
    deleteLater({ id, title, isOpen });
    onDeleted();
  }

  return (
    <Modal title={t("deleteDialog.deleteThisConversation")} onClose={onClose}>
      <p>{t("deleteDialog.titleAndAllItsAnswers", { title })}</p>
      <p>{t("deleteDialog.whereVedaNotedADanger")}</p>
      <div className="dialog-foot">
        <Button look="line" data-first onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button look="danger" onClick={confirm}>
          {t("common.delete")}
        </Button>
      </div>
    </Modal>
  );
}
