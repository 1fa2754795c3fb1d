import { QueryClient } from "@tanstack/react-query";

const isWorthAnotherTry = (failures, error) => failures < 2 && !(error?.response?.status < 500);

/* networkMode: the server may be on this very machine, which needs no network to reach it. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { networkMode: "always", retry: isWorthAnotherTry, staleTime: 30_000 },
    mutations: { networkMode: "always" },
  },
});
