import { useConversationChanges } from "../../hooks/useConversations";
import { toApiError } from "../../services/apiError";
import { Button } from "../Common/Button";
import { FormError } from "../Common/FormError";
import { Modal } from "../Common/Modal";

export function DeleteDialog({ id, title, onClose, onDeleted }) {
  const { remove } = useConversationChanges();
  return (
    <Modal title="Delete this conversation?" onClose={onClose}>
      <FormError>{remove.isError && toApiError(remove.error).message}</FormError>
      <p>
        “{title}” and all its answers are gone for you at once, and nobody can bring them back. An
        answer that is on its way stops.
      </p>
      <p>
        Where Veda noted a danger in it that staff are still looking at, its text is kept for them
        until they are done, 30 days at the most, and then erased.
      </p>
      <div className="mt-1 flex flex-wrap justify-end gap-2">
        <Button look="line" data-first onClick={onClose}>
          Keep it
        </Button>
        <Button
          look="main"
          busy={remove.isPending}
          onClick={() => remove.mutate(id, { onSuccess: onDeleted })}
        >
          Delete
        </Button>
      </div>
    </Modal>
  );
}
