/* What reads aloud comes with the answers' code; whoever needs quiet asks for it without loading that. */
export const QUIET = "veda.quiet";
export const askForQuiet = () => window.dispatchEvent(new Event(QUIET));
