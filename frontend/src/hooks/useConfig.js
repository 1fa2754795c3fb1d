import { useQuery } from "@tanstack/react-query";

import { fetchConfig } from "../services/authService";

/** Models come and go while a page is open, and with them what it may offer. */
const A_MINUTE = 60_000;
const NOTHING_KNOWN = {
  terms_version: null,
  recipients: [],
  consents: [],
  countries: [],
  limits: {},
  inputs: {},
  suggestions: [],
};

export const useConfigQuery = () =>
  useQuery({ queryKey: ["config"], queryFn: fetchConfig, staleTime: A_MINUTE });

/** What the server tells every client: the terms, the limits, which doors are open. */
export function useConfig() {
  const { data } = useConfigQuery();
  return { ...NOTHING_KNOWN, ...data };
}
