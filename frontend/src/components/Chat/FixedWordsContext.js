import { createContext } from "react";

/** Whether a reply is the server's own fixed words: only then are its numbers whom to call. */
export const FixedWordsContext = createContext(false);
