import { create } from "zustand";
import { createJSONStorage, persist } from "zustand/middleware";

import { opensDialog } from "../app/danger";

const EMPTY = {
  sidebarOpen: false,
  dialog: null,
  drafts: {},
  deleted: null,
  temporary: false,
  newProfile: null,
  announcement: "",
  announced: 0,
  alarm: null,
  hidden: Object.freeze([]),
};

/**
 * announced: how often something was. dialog: null, "rename", "delete", "person", "profile" or "shortcuts", about the open conversation. drafts: by conversation. deleted: null, or the conversation whose deletion can be taken back still. temporary: whether the
 * next new conversation is. newProfile: null, or whom it is about in place of what the account says. alarm: null, or
 * {flag, stays} of the danger whose notice stands before everything; `stays`: in the conversation. hidden: the replies that
 * the patient has hidden from who looks on.
 */
export const useUiStore = create(
  persist(
    (set) => ({
      ...EMPTY,
      setSidebarOpen: (sidebarOpen) => set({ sidebarOpen }),
      setDialog: (dialog) => set({ dialog }),
      setTemporary: (temporary) => set({ temporary }),
      setNewProfile: (newProfile) => set({ newProfile }),
      setDeleted: (deleted) => set({ deleted }),
      setDraft: (key, text) => set(({ drafts }) => ({ drafts: { ...drafts, [key]: text } })),
      addToDraft: (key, text) =>
        set(({ drafts }) => {
          const written = (drafts[key] ?? "").trimEnd();
          return { drafts: { ...drafts, [key]: written ? `${written} ${text}` : text } };
        }),
      moveDraft: (from, to) =>
        set(({ drafts: { [from]: moved, ...others } }) => ({
          drafts: moved ? { ...others, [to]: moved } : others,
        })),
      announce: (announcement) =>
        set(({ announced }) => ({ announcement, announced: announced + 1 })),
      /** The notice that stands there already isn't taken from before the reader's eyes. */
      raiseAlarm: (flag, { stays = false } = {}) =>
        set(({ alarm }) => {
          if (!opensDialog(flag) || alarm?.flag.category === flag.category) return {};
          return { alarm: { flag, stays } };
        }),
      closeAlarm: () => set({ alarm: null }),
      hide: (id) => set(({ hidden }) => ({ hidden: [...hidden, id] })),
      showAgain: (id) => set(({ hidden }) => ({ hidden: hidden.filter((other) => other !== id) })),
      clear: () => set(EMPTY),
    }),
    {
      name: "veda.drafts",
      /* A reload keeps what was being written; the closed tab forgets it, and so does signing out. */
      storage: createJSONStorage(() => sessionStorage),
      partialize: ({ drafts }) => ({ drafts }),
    },
  ),
);
