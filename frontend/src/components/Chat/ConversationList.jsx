import { useState } from "react";
import { flushSync } from "react-dom";
import { NavLink, useNavigate, useParams } from "react-router";

import { useDeletion } from "../../hooks/useDeletion";
import { groupByDay } from "../../utils/formatDate";
import { Button } from "../Common/Button";
import { MenuButton } from "../Common/MenuButton";
import { DeleteDialog } from "./DeleteDialog";
import { RenameDialog } from "./RenameDialog";
import { t } from "../../utils/i18n";

function Message({ children }) {
  return <p className="meta px-2.5 py-2">{children}</p>;
}

const nameOf = ({ title }) => title || t("common.newConversation");

/** What can be done with a conversation without opening it; `onDeleted(id)` follows. */
function EntryMenu({ conversation, isOpen, onDeleted }) {
  const [dialog, setDialog] = useState(null);
  const { id } = conversation;
  const title = nameOf(conversation);
  const close = () => setDialog(null);
  return (
    <>
      <div className="entry-menu">
        <MenuButton
          label={t("conversationList.more", { title })}
          items={[
            {
              icon: "pen-line",
              label: t("common.rename"),
              onSelect: () => setDialog("rename"),
            },
            { icon: "trash-2", label: t("common.delete"), onSelect: () => setDialog("delete") },
          ]}
        />
      </div>
      {dialog === "rename" && <RenameDialog id={id} title={title} onClose={close} />}
      {dialog === "delete" && (
        <DeleteDialog
          id={id}
          title={title}
          isOpen={isOpen}
          onClose={close}
          onDeleted={() => onDeleted(id)}
        />
      )}
    </>
  );
}

function Entry({ conversation, isOpen, onOpen, onDeleted }) {
  return (
    <li className="entry">
      <NavLink
        to={`/chat/${conversation.id}`}
        onClick={onOpen}
        className="flex min-h-11 items-center rounded-control px-2.5 py-1.5 text-ui leading-[1.3] text-ink no-underline hover:bg-[color-mix(in_srgb,var(--v-primary-soft)_55%,transparent)] aria-[current]:bg-primary-soft aria-[current]:font-[620] aria-[current]:text-on-primary-soft"
      >
        <span className="truncate" dir="auto">
          {nameOf(conversation)}
        </span>
      </NavLink>
      <EntryMenu conversation={conversation} isOpen={isOpen} onDeleted={onDeleted} />
    </li>
  );
}

/** The patient's conversations by day, the newest first. */
export function ConversationList({ query, search, onOpen }) {
  const { deleted } = useDeletion();
  const { id: openId } = useParams();
  const navigate = useNavigate();
  const isShown = ({ id }) => id !== deleted?.id || Boolean(deleted.failure);
  const conversations = query.conversations.filter(isShown);
  const { isPending, isError, refetch, hasNextPage, fetchNextPage } = query;
  if (isError && !conversations.length) {
    return (
      <>
        <Message>{t("conversationList.yourConversationsCouldntBeLoaded")}</Message>
        <Button className="px-2.5" onClick={() => refetch()}>
          {t("common.tryAgain")}
        </Button>
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

  /** The bar that can take it back stands beside the list, which may be a drawer. */
  function onDeleted(id) {
    flushSync(() => onOpen?.());
    if (id === openId) navigate("/chat", { replace: true });
    else document.querySelector("[data-undo]")?.focus();
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
              <Entry
                key={conversation.id}
                conversation={conversation}
                isOpen={conversation.id === openId}
                onOpen={onOpen}
                onDeleted={onDeleted}
              />
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
