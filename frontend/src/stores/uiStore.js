import { create } from "zustand";

const EMPTY = { sidebarOpen: false, dialog: null, drafts: {}, announcement: "" };

/** dialog: null, "rename" or "delete", about the open conversation. drafts: by conversation. */
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
  clear: () => set(EMPTY),
}));
