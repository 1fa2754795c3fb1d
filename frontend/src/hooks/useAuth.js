import { queryClient } from "../app/queryClient";
import { refreshToken } from "../services/api";
import { statusOf } from "../services/apiError";
import * as authService from "../services/authService";
import { mayBeSignedIn, useAuthStore } from "../stores/authStore";
import { useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";

const auth = () => useAuthStore.getState();
const DOORS = new Set(["/login", "/register"]);

function forgetEverything() {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "config" });
  useChatStore.getState().clear();
  useUiStore.getState().clear();
}

async function enter() {
  auth().signedIn(await authService.fetchMe());
}

/** On page load: the cookie, if there is one, signs in without a word. */
export async function resumeSession() {
  if (DOORS.has(window.location.pathname) && !mayBeSignedIn()) return auth().signedOut();
  auth().starting();
  try {
    await refreshToken();
    return await enter();
  } catch (error) {
    const refused = [401, 403].includes(statusOf(error));
    return refused ? auth().signedOut() : auth().unreachable();
  }
}

async function login(fields) {
  forgetEverything();
  auth().tokenArrived(await authService.login(fields));
  await enter();
}

async function register({ email, password, name, consent }) {
  await authService.register({ email, password, name, ...(consent && { consent }) });
  await login({ email, password });
}

async function signOut() {
  try {
    await authService.logout();
  } finally {
    auth().leave();
    forgetEverything();
  }
}

/** Signed out by the server: `notice` says why. */
function wasSignedOut(notice) {
  auth().signedOut(notice);
  forgetEverything();
}

async function agree(version) {
  await authService.giveConsent(version);
  await enter();
}

const actions = { login, register, signOut, wasSignedOut, agree };

export function useAuth() {
  const { status, user, notice, left } = useAuthStore();
  return { status, user, notice, left, isAuthed: status === "signedIn", ...actions };
}
