import { useEffect, useEffectEvent } from "react";
import { useSearchParams } from "react-router";

import { arriveFromGoogle, resumeSession } from "./useAuth";

/** With this the server sends the browser back that signed in at Google. */
const ARRIVED = "signed-in";

/** Finds out on page load who is here. */
export function useSession() {
  const [query, setQuery] = useSearchParams();
  const begin = useEffectEvent(() => {
    if (!query.has(ARRIVED)) return void resumeSession();
    const rest = new URLSearchParams(query);
    rest.delete(ARRIVED);
    setQuery(rest, { replace: true });
    arriveFromGoogle();
  });
  useEffect(() => begin(), []);
}
