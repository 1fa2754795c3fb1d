import { create } from "zustand";

/** Whether a silent refresh is worth a try. It says nothing about who: that is in the HttpOnly cookie. */
const HINT = "veda.signed-in";

function remember(signedIn) {
  try {
    if (signedIn) localStorage.setItem(HINT, "1");
    else localStorage.removeItem(HINT);
  } catch {
    /* Storage may be switched off; the page works without the hint. */
  }
}

/** Signing in happened on another page, which can't leave the hint: Google's. */
export const expectSession = () => remember(true);

export function mayBeSignedIn() {
  try {
    return localStorage.getItem(HINT) === "1";
  } catch {
    return true;
  }
}

const SIGNED_OUT = { status: "signedOut", access: null, user: null };

/**
 * status: starting, signedOut, signedIn, unreachable. The access token lives here, in memory, and nowhere else. `left`:
 * signed out by choice, so that whoever signs in next isn't led to the page that was left.
 */
export const useAuthStore = create((set, get) => ({
  ...SIGNED_OUT,
  status: "starting",
  notice: null,
  left: false,

  tokenArrived: (access) => set({ access }),
  /** The same person, with another name, country or consent. */
  changed: (user) => set(({ user: known }) => (known?.id === user.id ? { user } : {})),
  signedIn: (user) => {
    remember(true);
    set({ status: "signedIn", user, notice: null, left: false });
  },
  signedOut: (notice = null) => {
    remember(false);
    set({ ...SIGNED_OUT, notice });
  },
  leave: (notice) => {
    get().signedOut(notice);
    set({ left: true });
  },
  /** Left in another tab, whose hint it is now. */
  followOut: () => set({ ...SIGNED_OUT, notice: null, left: true }),
  unreachable: () => set({ status: "unreachable" }),
  starting: () => set({ status: "starting" }),
  accountPaused: () =>
    set(({ user }) => ({
      user: user && { ...user, paused_at: user.paused_at ?? new Date().toISOString() },
    })),
  consentNeeded: () => set(({ user }) => ({ user: user && { ...user, consent_current: false } })),
}));
