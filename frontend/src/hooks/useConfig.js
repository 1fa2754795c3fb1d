import { useQuery } from "@tanstack/react-query";

import { fetchConfig } from "../services/authService";

/** What the server tells every client: the terms, the limits, what one could ask. */
export function useConfig() {
  const { data } = useQuery({ queryKey: ["config"], queryFn: fetchConfig, staleTime: Infinity });
  return data ?? { terms_version: null, limits: {}, suggestions: [] };
}
