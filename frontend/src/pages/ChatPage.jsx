import { useEffect, useRef } from "react";
import { useNavigate, useParams } from "react-router";

import { isSending, runningReply } from "../app/streamReducer";
import { ChatLayout } from "../components/Chat/ChatLayout";
import { ChatWindow } from "../components/Chat/ChatWindow";
import { Composer } from "../components/Chat/Composer";
import { DeleteDialog } from "../components/Chat/DeleteDialog";
import { OfflineBar, useIsCut } from "../components/Chat/OfflineBar";
import { RenameDialog } from "../components/Chat/RenameDialog";
import { Welcome } from "../components/Chat/Welcome";
import { Topbar } from "../components/Layout/Topbar";
import { useAuth } from "../hooks/useAuth";
import { useConfig } from "../hooks/useConfig";
import { useConversation } from "../hooks/useConversation";
import { useConversationDetails } from "../hooks/useConversations";
import { useMediaQuery } from "../hooks/useMediaQuery";
import { usePageTitle } from "../hooks/usePageTitle";
import { NEW } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";

const WIDE = "(min-width: 60rem)";

const focusHeading = () => document.querySelector("[data-page-heading]")?.focus();

/** Another conversation: the focus goes to its heading, but not when the first message made it. */
function useRouteFocus(id, madeHere) {
  const before = useRef(id);
  useEffect(() => {
    if (before.current !== id && madeHere.current !== id) focusHeading();
    before.current = id;
  }, [id, madeHere]);
}

function placeholderOf(conversation, running) {
  if (running) return "Write your next question";
  return conversation.messages.length ? "Ask another question" : "Type your question";
}

export default function ChatPage() {
  const { id } = useParams();
  const navigate = useNavigate();
  const { user } = useAuth();
  const { suggestions, limits } = useConfig();
  const { drafts, setDraft, dialog, setDialog } = useUiStore();
  const isWide = useMediaQuery(WIDE);
  const { data: details } = useConversationDetails(id);
  const opened = useRef(id);
  const madeHere = useRef(null);

  useEffect(() => {
    opened.current = id;
    setDialog(null);
  }, [id, setDialog]);

  const conversation = useConversation(id, {
    onCreated(created) {
      if (opened.current) return false;
      madeHere.current = created.id;
      navigate(`/chat/${created.id}`);
      return true;
    },
  });

  const key = id ?? NEW;
  const running = runningReply(conversation);
  const filled = conversation.messages.length + conversation.outbox.length > 0;
  const title = id ? details?.title || "New conversation" : null;
  const cut = useIsCut(conversation.connection);
  usePageTitle(title);
  useRouteFocus(id, madeHere);

  function ask(content) {
    setDraft(key, "");
    conversation.ask(content);
  }

  function askAgain(reply) {
    const { messages } = conversation;
    const at = messages.findIndex((message) => message.id === reply.id);
    const question =
      messages.find((message) => message.id === reply.reply_to) ??
      messages.slice(0, at).findLast((message) => message.sender === "user");
    if (question && !running) conversation.ask(question.content);
  }

  return (
    <ChatLayout
      isWide={isWide}
      hasMargin={filled}
      onNew={() => navigate("/chat")}
      topbar={
        <Topbar
          title={conversation.gone ? null : title}
          hasConversation={Boolean(id) && !conversation.gone}
          isWide={isWide}
        />
      }
      bar={<OfflineBar connection={conversation.connection} />}
      composer={
        !conversation.gone && (
          <Composer
            draft={drafts[key] ?? ""}
            onDraft={(text) => setDraft(key, text)}
            onSend={ask}
            onStop={conversation.stop}
            running={Boolean(running)}
            stopping={running?.stopping}
            sending={isSending(conversation)}
            connected={!cut}
            limit={limits.message_chars}
            placeholder={placeholderOf(conversation, running)}
            autoFocus={isWide}
          />
        )
      }
    >
      <ChatWindow
        id={id}
        conversation={{ ...conversation, askAgain }}
        onNew={() => navigate("/chat")}
        welcome={!id && <Welcome name={user.name} suggestions={suggestions} onAsk={ask} />}
      />
      {dialog === "rename" && (
        <RenameDialog id={id} title={title} onClose={() => setDialog(null)} />
      )}
      {dialog === "delete" && (
        <DeleteDialog
          id={id}
          title={title}
          onClose={() => setDialog(null)}
          onDeleted={() => navigate("/chat", { replace: true })}
        />
      )}
    </ChatLayout>
  );
}
