/** Where the API is; empty: on the page's own origin. */
export const API_BASE = import.meta.env.VITE_API_BASE ?? "";
/** Where the sockets are; empty: on the page's own origin. */
export const WS_BASE = import.meta.env.VITE_WS_BASE ?? "";
