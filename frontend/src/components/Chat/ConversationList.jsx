import { NavLink } from "react-router";

import { useDeletion } from "../../hooks/useDeletion";
import { groupByDay } from "../../utils/formatDate";
import { Button } from "../Common/Button";
import { t } from "../../utils/i18n";

function Message({ children }) {
  return <p className="meta px-2.5 py-2">{children}</p>;
}

function Entry({ conversation, onOpen }) {
  return (
    <li>
      <NavLink
        to={`/chat/${conversation.id}`}
        onClick={onOpen}
        className="flex min-h-11 items-center rounded-control px-2.5 py-1.5 text-ui leading-[1.3] text-ink no-underline hover:bg-[color-mix(in_srgb,var(--v-primary-soft)_55%,transparent)] aria-[current]:bg-primary-soft aria-[current]:font-[620] aria-[current]:text-on-primary-soft"
      >
        <span className="truncate">{conversation.title || t("common.newConversation")}</span>
      </NavLink>
    </li>
  );
}

/** The patient's conversations by day, the newest first. */
export function ConversationList({ query, search, onOpen }) {
  const { deleted } = useDeletion();
  const isShown = ({ id }) => id !== deleted?.id || Boolean(deleted.failure);
  const conversations = query.conversations.filter(isShown);
  const { isPending, isError, refetch, hasNextPage, fetchNextPage } = query;
  if (isError && !conversations.length) {
    return (
      <>
        <Message>{t("conversationList.yourConversationsCouldntBeLoaded")}</Message>
        <Button onClick={() => refetch()}>{t("common.tryAgain")}</Button>
      </>
    );
  }
  if (isPending) return <Message>{t("common.loading")}</Message>;
  if (!conversations.length) {
    return (
      <Message>
        {search
          ? t("conversationList.nothingFoundForSearch", { search })
          : t("conversationList.yourConversationsWillBeListed")}
      </Message>
    );
  }
  return (
    <>
      {groupByDay(conversations, (conversation) => conversation.updated_at).map((group) => (
        <section key={group.label}>
          <h2 className="px-2.5 pt-3 pb-1 text-meta font-[620] tracking-normal text-ink-soft">
            {group.label}
          </h2>
          <ul>
            {group.items.map((conversation) => (
              <Entry key={conversation.id} conversation={conversation} onOpen={onOpen} />
            ))}
          </ul>
        </section>
      ))}
      {hasNextPage && (
        <Button className="mt-2 w-full" onClick={() => fetchNextPage()}>
          {t("common.showMore")}
        </Button>
      )}
    </>
  );
}
