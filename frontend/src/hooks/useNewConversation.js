import { useEffect, useEffectEvent, useRef, useState } from "react";

import { isUnreachable, statusOf } from "../services/apiError";
import * as chatService from "../services/chatService";
import { backoff } from "../services/connection";
import { useAuthStore } from "../stores/authStore";
import { NEW, useChatStore } from "../stores/chatStore";
import { usePictureStore } from "../stores/pictureStore";
import { useUiStore } from "../stores/uiStore";
import { deliverLater, failedBy, sendingIn } from "./useOutbox";

const chat = () => useChatStore.getState();
const patient = () => useAuthStore.getState().user?.id;

let reserving = null;

/** The conversation of the first message: one for everybody who needs it before that message is sent. */
function reserveConversation() {
  const { reserved } = chat();
  if (reserved) return Promise.resolve(reserved);
  const asker = patient();
  const { temporary, newProfile } = useUiStore.getState();
  reserving ??= chatService
    .createConversation({
      ...(temporary && { temporary }),
      ...(newProfile && { health_profile: newProfile }),
    })
    .then((conversation) => {
      if (patient() === asker) chat().reserve(conversation);
      return conversation;
    })
    .finally(() => {
      reserving = null;
    });
  return reserving;
}

/** Runs task(id) with the reserved conversation; where that was deleted meanwhile, with another. */
export async function withinReserved(task) {
  const { id } = await reserveConversation();
  try {
    return await task(id);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    if (chat().reserved?.id === id) chat().reserve(null);
    return task((await reserveConversation()).id);
  }
}

/** What was begun before the conversation had an address belongs to it. */
function moveIn(id) {
  if (chat().reserved?.id !== id) return;
  chat().reserve(null);
  usePictureStore.getState().move(NEW, id);
  useUiStore.getState().moveDraft(NEW, id);
  useUiStore.getState().setNewProfile(null);
}

/** The reserved conversation, once the patient has left without using it; null where anything may still go there. */
async function takeUnused() {
  const { reserved, reserve, of } = chat();
  const isWanted = of(NEW).outbox.length || usePictureStore.getState().of(NEW).length;
  if (!reserved || isWanted) return null;
  reserve(null);
  /* Another tab may have opened it from the list and written there. */
  const messages = await chatService.listMessages(reserved.id);
  return messages.length ? null : reserved.id;
}

/**
 * The conversation that begins with the first message, while there is no `id`; `onCreated(conversation)` opens it and
 * says whether it did. `stalls`: how often it couldn't be made, because nobody answered; it is tried again.
 */
export function useNewConversation(id, { onCreated, changes }) {
  const { mutate: removeConversation } = changes.remove;
  const creating = useRef(false);
  const [stalls, setStalls] = useState(0);

  useEffect(() => {
    if (!id) return;
    if (chat().of(NEW).becameId === id) chat().forget(NEW);
    moveIn(id);
    takeUnused().then(
      (unused) => unused && removeConversation(unused),
      () => {}, // it stays in the list
    );
  }, [id, removeConversation]);

  async function create() {
    if (creating.current) return;
    creating.current = true;
    try {
      const conversation = await reserveConversation();
      setStalls(0);
      if (!sendingIn(NEW).length) return;
      chat().adoptNew(conversation.id);
      changes.created(conversation);
      if (!onCreated(conversation)) {
        moveIn(conversation.id);
        chat().forget(NEW);
        deliverLater(conversation.id);
      }
    } catch (error) {
      if (isUnreachable(error)) return void setStalls((count) => count + 1);
      setStalls(0);
      for (const { client_message_id } of sendingIn(NEW)) {
        chat().dispatch(NEW, failedBy(client_message_id, error));
      }
    } finally {
      creating.current = false;
    }
  }

  const createAgain = useEffectEvent(() => {
    if (sendingIn(NEW).length) create();
    else setStalls(0);
  });
  useEffect(() => {
    if (!stalls) return undefined;
    const again = () => createAgain();
    const timer = setTimeout(again, backoff(stalls));
    window.addEventListener("online", again);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("online", again);
    };
  }, [stalls]);

  return { stalls, create };
}
