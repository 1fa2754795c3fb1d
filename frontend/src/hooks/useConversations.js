import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback } from "react";

import * as chatService from "../services/chatService";
import { useChatStore } from "../stores/chatStore";

const LIST = ["conversations"];
const one = (id) => ["conversation", id];

/** The list in the sidebar, searched by `q`. */
export function useConversations(q) {
  const query = useInfiniteQuery({
    queryKey: [...LIST, q],
    queryFn: ({ pageParam }) => chatService.listConversations({ q, next: pageParam }),
    initialPageParam: null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
  const conversations = query.data?.pages.flatMap((page) => page.results) ?? [];
  return { ...query, conversations };
}

export function useConversationDetails(id) {
  const client = useQueryClient();
  const fromList = () =>
    client
      .getQueriesData({ queryKey: LIST })
      .flatMap(([, data]) => data?.pages ?? [])
      .flatMap((page) => page.results)
      .find((conversation) => conversation.id === id);

  return useQuery({
    queryKey: one(id),
    queryFn: () => chatService.getConversation(id),
    enabled: Boolean(id),
    placeholderData: fromList,
  });
}

/** What changes the list and the open conversation's name. */
export function useConversationChanges() {
  const client = useQueryClient();

  const refresh = useCallback(
    (id) => {
      client.invalidateQueries({ queryKey: LIST });
      if (id) client.invalidateQueries({ queryKey: one(id) });
    },
    [client],
  );

  const created = (conversation) => {
    client.setQueryData(one(conversation.id), conversation);
    refresh();
  };

  /** Somebody from staff came or went. */
  const staffChanged = useCallback(
    (id, { state, name }) => {
      const staff = state === "joined" ? { name } : null;
      client.setQueryData(one(id), (known) => known && { ...known, staff });
      refresh(id);
    },
    [client, refresh],
  );

  /** Each socket that opens tells who is there, which is news only where it wasn't known. */
  const isThere = useCallback(
    (id, name) => client.getQueryData(one(id))?.staff?.name === name,
    [client],
  );

  /** What asking for a person gave; null: taken back. */
  const helpChanged = (id, help) =>
    client.setQueryData(one(id), (known) => known && { ...known, help });

  const askForPerson = useMutation({
    mutationFn: (id) => chatService.askForPerson(id),
    onSuccess: (help, id) => helpChanged(id, help),
  });

  const takeBackHelp = useMutation({
    mutationFn: (id) => chatService.takeBackHelp(id),
    onSuccess: (_, id) => helpChanged(id, null),
  });

  const rename = useMutation({
    mutationFn: ({ id, title }) => chatService.renameConversation(id, title),
    onSuccess: (conversation) => {
      client.setQueryData(one(conversation.id), conversation);
      refresh();
    },
  });

  const remove = useMutation({
    mutationFn: (id) => chatService.deleteConversation(id),
    onSuccess: (_, id) => {
      const { forget, reserved, reserve } = useChatStore.getState();
      forget(id);
      if (reserved?.id === id) reserve(null);
      refresh();
    },
  });

  return { refresh, created, staffChanged, isThere, askForPerson, takeBackHelp, rename, remove };
}
