import { queryClient } from "../app/queryClient";
import { refreshToken } from "../services/api";
import { isCode, statusOf } from "../services/apiError";
import * as authService from "../services/authService";
import * as accountService from "../services/accountService";
import { shareToken, tellTabs } from "../services/tabs";
import { expectSession, mayBeSignedIn, useAuthStore } from "../stores/authStore";
import { useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";
import { finishDeletion } from "./useDeletion";
import { forgetPictures } from "./usePictures";
import { t } from "../utils/i18n";

const DELETED = "auth.yourAccountIsDeletedAnd";

const auth = () => useAuthStore.getState();
const isConsents = { queryKey: ["consents"] };

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

async function enterWith(access) {
  forgetEverything();
  auth().tokenArrived(access);
  await enter();
  tellTabs({ type: "signedIn", user: auth().user?.id });
}

const login = async (fields) => enterWith(await authService.login(fields));
const loginWithGoogleCode = async (code) => enterWith(await authService.endGoogleSignIn(code));

/** After signing in at Google: the cookie is there, and the other tabs don't know it yet. */
export async function arriveFromGoogle() {
  expectSession();
  await resumeSession();
  if (auth().status === "signedIn") tellTabs({ type: "signedIn", user: auth().user.id });
}

/** Where the agreement has changed since the page loaded, the form shows the new one. */
async function withCurrentTerms(task) {
  try {
    return await task();
  } catch (error) {
    if (isCode(error, "outdated_terms")) {
      queryClient.invalidateQueries({ queryKey: ["config"] });
      queryClient.invalidateQueries(isConsents);
    }
    throw error;
  }
}

async function register(fields) {
  await withCurrentTerms(() => authService.register(fields));
  await login({ email: fields.email, password: fields.password });
}

/** This browser forgets at once. */
function leave(notice = null) {
  auth().leave(notice);
  forgetEverything();
  tellTabs({ type: "signedOut" });
}

async function signOut() {
  finishDeletion({ asThePageCloses: true });
  /* Without a network the device stays in the list of devices, where it can be signed out later. */
  const told = authService.logout().catch(() => {});
  leave();
  await told;
}

async function signOutEverywhere() {
  await accountService.signOutEverywhere();
  leave(t("auth.allYourDevicesAreSigned"));
}

async function resetPassword(token, password) {
  await authService.resetPassword(token, password);
  if (auth().status === "signedIn") await signOut();
}

async function confirmEmail(token) {
  await authService.confirmEmail(token);
  if (auth().status === "signedIn") await refreshUser();
}

async function deleteAccount(password) {
  await accountService.deleteAccount(password);
  leave(t(DELETED));
}

/** The other devices are signed out by it; the other tabs of this one go on with the new token. */
async function changePassword(fields) {
  const access = await authService.changePassword(fields);
  auth().tokenArrived(access);
  shareToken(access, auth().user.id);
}

function takeToken({ access, user }) {
  const { status, user: mine, tokenArrived } = auth();
  if (status === "starting" || (mine && mine.id === user)) tokenArrived(access);
}

/** The cookie is all tabs' own: where one of them signs out or lets somebody else in, this one follows, if it has to. */
export function followTab(event) {
  const { type, user } = event;
  const { status, user: mine } = auth();
  if (type === "token") takeToken(event);
  if (type === "token" || status === "signedOut") return false;
  if (type === "signedIn" && mine?.id === user) return false;
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

async function refreshUser() {
  auth().changed(await authService.fetchMe());
}

async function changeDetails(fields) {
  auth().changed(await authService.changeMe(fields));
}

async function agree(fields) {
  await withCurrentTerms(() => accountService.giveConsent(fields));
  await Promise.all([refreshUser(), queryClient.invalidateQueries(isConsents)]);
}

async function withdraw(purpose) {
  await accountService.withdrawConsent(purpose);
  await Promise.all([refreshUser(), queryClient.invalidateQueries(isConsents)]);
}

const actions = {
  login,
  loginWithGoogleCode,
  register,
  signOut,
  signOutEverywhere,
  wasSignedOut,
  resetPassword,
  confirmEmail,
  changePassword,
  changeDetails,
  refreshUser,
  agree,
  withdraw,
  deleteAccount,
};

export function useAuth() {
  const { status, user, notice, left } = useAuthStore();
  return { status, user, notice, left, isAuthed: status === "signedIn", ...actions };
}
