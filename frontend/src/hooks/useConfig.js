import { useQuery } from "@tanstack/react-query";

import { fetchConfig } from "../services/authService";

/** Models come and go while a page is open, and with them what it may offer. */
const A_MINUTE = 60_000;
const NOTHING_KNOWN = { terms_version: null, limits: {}, inputs: {}, suggestions: [] };

/** What the server tells every client: the terms, the limits, what one could ask. */
export function useConfig() {
  const { data } = useQuery({ queryKey: ["config"], queryFn: fetchConfig, staleTime: A_MINUTE });
  return data ?? NOTHING_KNOWN;
}
