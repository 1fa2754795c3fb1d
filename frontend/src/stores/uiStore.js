import { create } from "zustand";

const EMPTY = { sidebarOpen: false, dialog: null, drafts: {}, announcement: "" };

/** dialog: null, "rename" or "delete", about the open conversation. drafts: by conversation. */
export const useUiStore = create((set) => ({
  ...EMPTY,
  setSidebarOpen: (sidebarOpen) => set({ sidebarOpen }),
  setDialog: (dialog) => set({ dialog }),
  setDraft: (key, text) => set(({ drafts }) => ({ drafts: { ...drafts, [key]: text } })),
  announce: (announcement) => set({ announcement }),
  clear: () => set(EMPTY),
}));
