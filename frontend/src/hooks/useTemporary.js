import { useEffect, useRef } from "react";

import * as chatService from "../services/chatService";
import { useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";

async function erase(id, how) {
  useUiStore.getState().setDraft(id, "");
  useChatStore.getState().forget(id);
  /* What can't be told now, the server does by itself within a day and a half. */
  await chatService.deleteConversation(id, how).catch(() => {});
}

/** Erases the open conversation, where it is temporary, as soon as the patient leaves it or closes the page. */
export function useTemporary(id, isTemporary) {
  const leaving = useRef(null);
  useEffect(() => {
    if (!id || !isTemporary) return undefined;
    clearTimeout(leaving.current);
    const close = () => erase(id, { asThePageCloses: true });
    window.addEventListener("pagehide", close);
    return () => {
      window.removeEventListener("pagehide", close);
      /* React may run an effect anew that goes on. */
      leaving.current = setTimeout(erase, 0, id);
    };
  }, [id, isTemporary]);
}
