import { queryClient } from "../app/queryClient";
import { refreshToken } from "../services/api";
import { statusOf } from "../services/apiError";
import * as authService from "../services/authService";
import { tellTabs } from "../services/tabs";
import { mayBeSignedIn, useAuthStore } from "../stores/authStore";
import { useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";
import { forgetPictures } from "./usePictures";

const auth = () => useAuthStore.getState();

function forgetEverything() {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "config" });
  useChatStore.getState().clear();
  useUiStore.getState().clear();
  forgetPictures();
}

/** Signing out in another tab meanwhile takes the token away, and that holds. */
async function enter() {
  const user = await authService.fetchMe();
  if (auth().access) auth().signedIn(user);
}

/** On page load: the cookie, if there may be one, signs in without a word. */
export async function resumeSession() {
  if (!mayBeSignedIn()) return auth().signedOut();
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
  tellTabs({ type: "signedIn", user: auth().user?.id });
}

async function register({ email, password, name, country, consent }) {
  await authService.register({
    email,
    password,
    name,
    ...(country && { country }),
    ...(consent && { consent }),
  });
  await login({ email, password });
}

/** This browser forgets at once: whoever closes the page right after the click has left it all the same. */
async function signOut() {
  const told = authService.logout();
  auth().leave();
  forgetEverything();
  tellTabs({ type: "signedOut" });
  await told;
}

/** The cookie is all tabs' own: where one of them signs out or lets somebody else in, this one follows, if it has to. */
export function followTab({ type, user }) {
  const { status, user: mine } = auth();
  if (status === "signedOut" || (type === "signedIn" && mine?.id === user)) return false;
  auth().followOut();
  forgetEverything();
  if (type === "signedIn") resumeSession();
  return true;
}

/** Signed out by the server: `notice` says why. */
function wasSignedOut(notice) {
  auth().signedOut(notice);
  forgetEverything();
}

async function agree(version) {
  await authService.giveConsent(version);
  auth().signedIn(await authService.fetchMe());
}

const actions = { login, register, signOut, wasSignedOut, agree };

export function useAuth() {
  const { status, user, notice, left } = useAuthStore();
  return { status, user, notice, left, isAuthed: status === "signedIn", ...actions };
}
