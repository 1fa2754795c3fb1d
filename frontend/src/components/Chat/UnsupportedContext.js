import { createContext } from "react";

/** The sentences of one answer that its sources don't have: [{start, end, missing}]. */
export const UnsupportedContext = createContext([]);
