import { createContext } from "react";

/** The sources of one answer, and which of them is pointed at or opened. */
export const SourcesContext = createContext({
  byNumber: new Map(),
  pointed: null,
  opened: null,
  point: () => {},
  open: () => {},
  cardId: () => undefined,
});
