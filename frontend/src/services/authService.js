import { API_BASE } from "../app/env";
import { api } from "./api";

const accessOf = ({ data }) => data.access;
const dataOf = ({ data }) => data;

export const fetchConfig = () => api.get("/api/config").then(dataOf);
export const register = (fields) => api.post("/api/auth/register", fields).then(dataOf);
export const fetchMe = () => api.get("/api/auth/me").then(dataOf);
export const changeMe = (fields) => api.patch("/api/auth/me", fields).then(dataOf);

/** These three give the access token. */
export const login = (fields) => api.post("/api/auth/login", fields).then(accessOf);
export const endGoogleSignIn = (code) =>
  api.post("/api/auth/google/second-factor", { code }).then(accessOf);
export const changePassword = (fields) => api.post("/api/auth/password", fields).then(accessOf);

/** Where signing in with Google begins; it ends at `next`, a path of this page. */
export const googleAddress = (next) =>
  `${API_BASE}/api/auth/google/login?${new URLSearchParams({ next })}`;

/** Reaches the server even where the page is closed at once, which ends the calls of `api`. */
export const logout = () =>
  fetch(`${API_BASE}/api/auth/logout`, {
    method: "POST",
    keepalive: true,
    credentials: "include",
    headers: { "Content-Type": "application/json", "X-Veda-Client": "web" },
    body: "{}",
  });

export const askForReset = (email) => api.post("/api/auth/password/reset", { email });
export const resetPassword = (token, password) =>
  api.post("/api/auth/password/reset/confirm", { token, password });
export const askForConfirmation = () => api.post("/api/auth/email/confirmation", {});
export const confirmEmail = (token) => api.post("/api/auth/email/confirm", { token });
