import { create } from "zustand";

const NONE = Object.freeze([]);

/**
 * The pictures that wait in the composer, by conversation: {id, name, file, url, state, progress, problem, attachment}.
 * `file`: null as long as the picture at `url`, which was sent before, is loading. state: uploading, ready, failed. An id is
 * known in one conversation only.
 */
export const usePictureStore = create((set, get) => ({
  pictures: {},

  of: (key) => get().pictures[key] ?? NONE,

  put: (key, items) => set(({ pictures }) => ({ pictures: { ...pictures, [key]: items } })),

  change: (id, change) =>
    set(({ pictures }) => ({
      pictures: Object.fromEntries(
        Object.entries(pictures).map(([key, items]) => [
          key,
          items.map((item) => (item.id === id ? { ...item, ...change } : item)),
        ]),
      ),
    })),

  move: (from, to) =>
    set(({ pictures: { [from]: moved = NONE, ...others } }) => ({
      pictures: { ...others, [to]: [...(others[to] ?? NONE), ...moved] },
    })),

  clear: () => set({ pictures: {} }),
}));
