export const API_BASE = "";
export const WS_BASE = "";
