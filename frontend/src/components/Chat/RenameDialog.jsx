import { useConversationChanges } from "../../hooks/useConversations";
import { filled, useForm } from "../../hooks/useForm";
import { Button } from "../Common/Button";
import { Field } from "../Common/Field";
import { FormError } from "../Common/FormError";
import { Modal } from "../Common/Modal";
import { t } from "../../utils/i18n";

const CHECKS = { title: filled("renameDialog.writeAName") };

export function RenameDialog({ id, title, onClose }) {
  const { rename } = useConversationChanges();
  const { input, busy, message, onSubmit } = useForm(
    { title },
    async (values) => {
      await rename.mutateAsync({ id, title: values.title.trim() });
      onClose();
    },
    CHECKS,
  );
  return (
    <Modal title={t("renameDialog.renameThisConversation")} onClose={onClose}>
      <form className="grid gap-5" onSubmit={onSubmit} noValidate>
        <FormError>{message}</FormError>
        <Field label={t("common.name")} required maxLength={200} data-first {...input("title")} />
        <div className="dialog-foot">
          <Button look="line" onClick={onClose}>
            {t("common.cancel")}
          </Button>
          <Button look="main" type="submit" busy={busy}>
            {t("common.save")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
