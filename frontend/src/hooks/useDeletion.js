import { queryClient } from "../app/queryClient";
import { toApiError } from "../services/apiError";
import * as chatService from "../services/chatService";
import { useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";

const UNDO_WITHIN = 10_000;

const ui = () => useUiStore.getState();
let timer = null;

async function erase({ id }, { asThePageCloses = false } = {}) {
  try {
    await chatService.deleteConversation(id, { asThePageCloses });
    useChatStore.getState().forget(id);
    if (ui().deleted?.id === id) ui().setDeleted(null);
  } catch (error) {
    /* It stands in the list again, and the bar says why. */
    if (ui().deleted?.id === id) {
      ui().setDeleted({ ...ui().deleted, failure: toApiError(error).message });
    }
  }
  await queryClient.invalidateQueries({ queryKey: ["conversations"] });
}

/** What waits for its deletion waits no longer: another follows, the page closes, or the patient signs out. */
export function finishDeletion(how) {
  const { deleted } = ui();
  clearTimeout(timer);
  return deleted && !deleted.failure ? erase(deleted, how) : undefined;
}

/** Hides the conversation at once, and deletes it unless the patient takes that back in time. */
function deleteLater(conversation) {
  finishDeletion();
  ui().setDeleted(conversation);
  timer = setTimeout(finishDeletion, UNDO_WITHIN);
}

function undo() {
  clearTimeout(timer);
  ui().setDeleted(null);
}

window.addEventListener("pagehide", () => finishDeletion({ asThePageCloses: true }));

/** deleted: {id, title, isOpen, failure?}, or null. */
export function useDeletion() {
  const deleted = useUiStore((state) => state.deleted);
  return { deleted, deleteLater, undo };
}
