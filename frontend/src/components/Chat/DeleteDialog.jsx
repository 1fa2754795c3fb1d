import { useConversationChanges } from "../../hooks/useConversations";
import { toApiError } from "../../services/apiError";
import { Button } from "../Common/Button";
import { FormError } from "../Common/FormError";
import { Modal } from "../Common/Modal";
import { t } from "../../utils/i18n";

export function DeleteDialog({ id, title, onClose, onDeleted }) {
  const { remove } = useConversationChanges();
  return (
    <Modal title={t("deleteDialog.deleteThisConversation")} onClose={onClose}>
      <FormError>{remove.isError && toApiError(remove.error).message}</FormError>
      <p>{t("deleteDialog.titleAndAllItsAnswers", { title })}</p>
      <p>{t("deleteDialog.whereVedaNotedADanger")}</p>
      <div className="mt-1 flex flex-wrap justify-end gap-2">
        <Button look="line" data-first onClick={onClose}>
          {t("common.keepIt")}
        </Button>
        <Button
          look="main"
          busy={remove.isPending}
          onClick={() => remove.mutate(id, { onSuccess: onDeleted })}
        >
          {t("common.delete")}
        </Button>
      </div>
    </Modal>
  );
}
