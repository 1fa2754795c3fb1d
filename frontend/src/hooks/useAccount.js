import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import * as accountService from "../services/accountService";

const DEVICES = ["devices"];

/** Where the account is signed in. */
export function useDevices() {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: DEVICES,
    queryFn: accountService.listDevices,
    staleTime: 0,
  });
  const end = useMutation({
    mutationFn: accountService.signOutDevice,
    onSettled: () => client.invalidateQueries({ queryKey: DEVICES }),
  });
  return { query, end };
}

/** {version, recipients, purposes, history}, as the server gives it; undefined until it has answered. */
export function useConsents() {
  return useQuery({ queryKey: ["consents"], queryFn: accountService.fetchConsents, staleTime: 0 });
}
