import axios from "axios";

import { API_BASE } from "../app/env";
import { useAuthStore } from "../stores/authStore";
import { useUiStore } from "../stores/uiStore";
import { isCode, statusOf } from "./apiError";
import { shareToken } from "./tabs";
import { t } from "../utils/i18n";

const auth = () => useAuthStore.getState();

/** The calls that bring or take a token themselves: their 401 is an answer, not an expired token. */
const COOKIE_CALLS = new Set([
  "/api/auth/login",
  "/api/auth/refresh",
  "/api/auth/register",
  "/api/auth/google/second-factor",
]);
const LOCK = "veda-refresh";
/** A tab's turn may begin a moment before it hears what the tab before it tells. In milliseconds, at most. */
const TELLING_TAKES = 300;

export const SIGNED_OUT_NOTICE = "api.youWereSignedOut";
export const DISABLED_NOTICE = "api.thisAccountIsDisabled";

export const api = axios.create({ baseURL: API_BASE, withCredentials: true, timeout: 30_000 });

api.interceptors.request.use((config) => {
  if (config.url.startsWith("/api/auth/")) config.headers.set("X-Veda-Client", "web");
  const { access } = auth();
  if (access && !COOKIE_CALLS.has(config.url))
    config.headers.set("Authorization", `Bearer ${access}`);
  return config;
});

async function requestToken() {
  const { data } = await api.post("/api/auth/refresh", {});
  /* Another tab may have signed out meanwhile. */
  if (auth().status === "signedOut") throw new Error("Signed out");
  auth().tokenArrived(data.access);
  shareToken(data.access, auth().user?.id ?? null);
  return data.access;
}

/** The token that another tab tells, if it is there or comes in time; else null. */
function tokenAfter(held) {
  const isNew = ({ access }) => access && access !== held;
  if (isNew(auth())) return Promise.resolve(auth().access);
  return new Promise((resolve) => {
    const end = useAuthStore.subscribe((state) => isNew(state) && settle(state.access));
    const timer = setTimeout(() => settle(null), TELLING_TAKES);
    function settle(access) {
      end();
      clearTimeout(timer);
      resolve(access);
    }
  });
}

/** One tab at a time, since each refresh changes the cookie; whoever had to wait takes the token that another one got. */
async function requestInTurn() {
  const { locks } = navigator;
  if (!locks) return requestToken();
  const { access: held } = auth();
  const got = await locks.request(LOCK, { ifAvailable: true }, (lock) => lock && requestToken());
  return got ?? locks.request(LOCK, async () => (await tokenAfter(held)) ?? requestToken());
}

let refreshing = null;

/** A new access token; everybody who needs one meanwhile gets the same. */
export function refreshToken() {
  refreshing ??= requestInTurn().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function afterUnauthorized(error) {
  const { config } = error;
  if (config.retried || COOKIE_CALLS.has(config.url)) throw error;
  const used = config.headers.get("Authorization");
  const { access } = auth();
  if (!access || used === `Bearer ${access}`) {
    try {
      await refreshToken();
    } catch (refused) {
      if (statusOf(refused) === 401 && auth().status === "signedIn") {
        auth().signedOut(t(SIGNED_OUT_NOTICE));
      }
      throw error;
    }
  }
  return api({ ...config, retried: true });
}

/** Whatever the answer is, and to what: whoever is in danger is shown whom to call. */
function showDanger(data) {
  const { raiseAlarm } = useUiStore.getState();
  if (data?.flag) raiseAlarm(data.flag);
  else if (data?.reply) raiseAlarm(data.reply.metadata.flag, { stays: true });
}

function onAnswer(response) {
  showDanger(response.data);
  return response;
}

api.interceptors.response.use(onAnswer, (error) => {
  showDanger(error.response?.data);
  if (statusOf(error) === 401 && error.config) return afterUnauthorized(error);
  if (isCode(error, "consent_required")) auth().consentNeeded();
  if (isCode(error, "account_paused")) auth().accountPaused();
  if (isCode(error, "account_disabled") && auth().status === "signedIn") {
    auth().signedOut(t(DISABLED_NOTICE));
  }
  throw error;
});
