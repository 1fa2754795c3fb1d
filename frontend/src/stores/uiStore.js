import { create } from "zustand";

import { opensDialog } from "../app/danger";

const EMPTY = {
  sidebarOpen: false,
  dialog: null,
  drafts: {},
  announcement: "",
  alarm: null,
  hidden: Object.freeze([]),
};

/**
 * dialog: null, "rename", "delete" or "person", about the open conversation. drafts: by conversation. alarm: null, or
 * {flag, stays} of the danger whose notice stands before everything; `stays`: in the conversation. hidden: the replies that
 * the patient has hidden from who looks on.
 */
export const useUiStore = create((set) => ({
  ...EMPTY,
  setSidebarOpen: (sidebarOpen) => set({ sidebarOpen }),
  setDialog: (dialog) => set({ dialog }),
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
  announce: (announcement) => set({ announcement }),
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
}));
