import { api } from "./api";

export const register = (fields) => api.post("/api/auth/register", fields).then(({ data }) => data);
export const login = (fields) =>
  api.post("/api/auth/login", fields).then(({ data }) => data.access);
export const logout = () => api.post("/api/auth/logout", {});
export const fetchMe = () => api.get("/api/auth/me").then(({ data }) => data);
export const giveConsent = (version) => api.post("/api/auth/consent", { version });
export const fetchConfig = () => api.get("/api/config").then(({ data }) => data);
