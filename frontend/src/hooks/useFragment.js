import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

/** What stands behind `#` in the address: a secret out of a mail, which leaves the address bar at once. */
export function useFragment() {
  const { hash, pathname, search, state } = useLocation();
  const navigate = useNavigate();
  const [fragment, setFragment] = useState(hash.slice(1));
  if (hash && hash.slice(1) !== fragment) setFragment(hash.slice(1));

  useEffect(() => {
    if (hash) navigate({ pathname, search }, { replace: true, state });
  }, [hash, pathname, search, state, navigate]);

  return fragment;
}
