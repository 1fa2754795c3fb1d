import { create } from "zustand";

import { EMPTY_CONVERSATION, streamReducer } from "../app/streamReducer";

/** The key of a conversation that the server doesn't know yet. */
export const NEW = "new";

/** What the sockets and the patient did to each conversation; the reducer decides. */
export const useChatStore = create((set, get) => ({
  conversations: {},
  /** Made for a recording or a picture before the first message; the first message goes there. */
  reserved: null,

  of: (key) => get().conversations[key] ?? EMPTY_CONVERSATION,

  dispatch: (key, action) =>
    set(({ conversations }) => {
      const state = conversations[key] ?? EMPTY_CONVERSATION;
      const next = streamReducer(state, action);
      return next === state ? {} : { conversations: { ...conversations, [key]: next } };
    }),

  /** The first message was written before the conversation had an id. It is shown there until the page has moved on. */
  adoptNew: (id) =>
    set(({ conversations }) => {
      const state = conversations[NEW] ?? EMPTY_CONVERSATION;
      return {
        conversations: {
          ...conversations,
          [NEW]: { ...state, becameId: id },
          [id]: { ...state, loaded: true },
        },
      };
    }),

  forget: (key) =>
    set(({ conversations: { [key]: forgotten, ...others } }) => ({ conversations: others })),

  reserve: (reserved) => set({ reserved }),

  clear: () => set({ conversations: {}, reserved: null }),
}));
