import { memo, useId, useRef, useState } from "react";
import { Link } from "react-router";

import { useAuth } from "../../hooks/useAuth";
import { useConversations } from "../../hooks/useConversations";
import { useDebounce } from "../../hooks/useDebounce";
import { useUiStore } from "../../stores/uiStore";
import { ConversationList } from "../Chat/ConversationList";
import { Button } from "../Common/Button";
import { Icon, Mark } from "../Common/Icon";
import { useModalDialog } from "../Common/useModalDialog";
import { EmergencyLink } from "./EmergencyLink";
import { t } from "../../utils/i18n";

function Search({ value, onChange }) {
  const id = useId();
  const field = useRef(null);

  function clear() {
    onChange("");
    field.current.focus();
  }

  return (
    <div className="relative">
      <Icon name="search" className="absolute top-3 start-3 text-ink-soft" />
      <label className="sr-only" htmlFor={id}>
        {t("sidebar.searchYourConversations")}
      </label>
      <input
        ref={field}
        id={id}
        className="input min-h-11 ps-10 pe-11 text-ui"
        type="search"
        placeholder={t("sidebar.search")}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      {value && (
        <Button
          className="btn-square absolute end-0.5 top-0.5"
          aria-label={t("sidebar.clearTheSearch")}
          onClick={clear}
        >
          <Icon name="x" />
        </Button>
      )}
    </div>
  );
}

function Content({ isDrawer, onClose, onNew }) {
  const { user, signOut } = useAuth();
  const [words, setWords] = useState("");
  const search = useDebounce(words.trim());
  const query = useConversations(search);

  return (
    <div className="grid h-full min-h-0 grid-rows-[auto_auto_minmax(0,1fr)_auto]">
      <div className="flex items-center justify-between py-1.5 pe-3 ps-4.5">
        <Link className="brand" to="/chat" onClick={onNew}>
          <Mark />
          Veda
        </Link>
        {isDrawer && (
          <Button className="btn-square" aria-label={t("sidebar.closeTheList")} onClick={onClose}>
            <Icon name="x" />
          </Button>
        )}
      </div>
      <div className="grid gap-2.5 px-3.5 pt-1.5 pb-3.5">
        <Link className="btn btn-line" to="/chat" onClick={onNew}>
          <Icon name="square-pen" />
          {t("common.newConversation")}
        </Link>
        <Search value={words} onChange={setWords} />
      </div>
      <nav className="relative overflow-auto px-2 pb-4" aria-label={t("sidebar.yourConversations")}>
        <ConversationList query={query} search={search} onOpen={onClose} />
      </nav>
      <div className="flex flex-wrap items-center justify-between gap-x-2 border-t border-line px-3.5 py-2">
        {isDrawer && (
          <span className="basis-full">
            <EmergencyLink />
          </span>
        )}
        {user?.staff_url && (
          <a className="btn basis-full justify-start px-1" href={user.staff_url}>
            <Icon name="heart-handshake" />
            {t("sidebar.staffPages")}
          </a>
        )}
        <Link
          className="btn min-w-0 flex-1 justify-start px-1"
          to="/account"
          aria-label={t("sidebar.yourAccountName", { name: user?.name })}
          onClick={onClose}
        >
          <Icon name="circle-user-round" />
          <span className="truncate">{user?.name}</span>
        </Link>
        <Button className="px-2" onClick={signOut}>
          <Icon name="log-out" />
          {t("common.signOut")}
        </Button>
      </div>
    </div>
  );
}

/** Below the wide layout the list is a drawer: a native dialog keeps the focus in it. */
function Drawer({ onClose, onNew }) {
  const dialog = useModalDialog();
  return (
    <dialog
      ref={dialog}
      className="drawer"
      aria-label={t("sidebar.conversations")}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === dialog.current && onClose()}
    >
      <Content isDrawer onClose={onClose} onNew={onNew} />
    </dialog>
  );
}

/** Memoised: an answer that grows beside it is none of its business. */
export const Sidebar = memo(function Sidebar({ isWide, onNew }) {
  const sidebarOpen = useUiStore((ui) => ui.sidebarOpen);
  const setSidebarOpen = useUiStore((ui) => ui.setSidebarOpen);
  const close = () => setSidebarOpen(false);

  if (isWide) {
    return (
      <aside
        className="min-h-0 border-e border-line bg-veil"
        aria-label={t("sidebar.conversations")}
      >
        <Content onNew={onNew} />
      </aside>
    );
  }
  if (!sidebarOpen) return null;
  return (
    <Drawer
      onClose={close}
      onNew={() => {
        close();
        onNew();
      }}
    />
  );
});
