import { useCallback, useEffect, useRef } from "react";
import { flushSync } from "react-dom";
import { useNavigate, useParams } from "react-router";

import { callsForHelp, MEDICAL } from "../app/danger";
import { isSending, runningReply } from "../app/streamReducer";
import { AboutButton } from "../components/Chat/AboutButton";
import { ChatDialogs } from "../components/Chat/ChatDialogs";
import { ChatLayout } from "../components/Chat/ChatLayout";
import { ChatWindow } from "../components/Chat/ChatWindow";
import { Composer } from "../components/Chat/Composer";
import { prepareAnswers } from "../components/Chat/MessageBubble";
import { HelpAsked } from "../components/Chat/HelpAsked";
import { OfflineBar, useIsCut } from "../components/Chat/OfflineBar";
import { Paused } from "../components/Chat/Paused";
import { QuietCard } from "../components/Chat/QuietCard";
import { TemporaryBar } from "../components/Chat/TemporaryBar";
import { UndoBar } from "../components/Chat/UndoBar";
import { Welcome } from "../components/Chat/Welcome";
import { Topbar } from "../components/Layout/Topbar";
import { useAuth } from "../hooks/useAuth";
import { useConfig } from "../hooks/useConfig";
import { useConversation } from "../hooks/useConversation";
import { useConversationDetails } from "../hooks/useConversations";
import { useDictation } from "../hooks/useDictation";
import { useEditing } from "../hooks/useEditing";
import { useMediaQuery } from "../hooks/useMediaQuery";
import { usePageTitle } from "../hooks/usePageTitle";
import { usePictures } from "../hooks/usePictures";
import { useTemporary } from "../hooks/useTemporary";
import { useShortcuts } from "../hooks/useShortcuts";
import { NEW } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";
import { saveFile } from "../utils/saveFile";
import { t } from "../utils/i18n";

const WIDE = "(min-width: 60rem)";

const isTouch = () => window.matchMedia("(pointer: coarse)").matches;

const focusOn = (selector) => document.querySelector(selector)?.focus();

/**
 * Another conversation: the focus goes to its heading; a new one is for writing, which opens no keyboard over a small
 * screen unasked. What the first message made is where one already is.
 */
function useRouteFocus(id, madeHere, isWide) {
  const before = useRef(id);
  useEffect(() => {
    if (before.current !== id && madeHere.current !== id) {
      focusOn(!id && isWide ? "textarea" : "[data-page-heading]");
    }
    before.current = id;
  }, [id, madeHere, isWide]);
}

/** The numbers to call that came last must not lie under the keyboard of a touch screen, unless somebody is writing. */
function useKeyboardAway(urgent) {
  useEffect(() => {
    const field = document.activeElement;
    if (urgent && isTouch() && field.value === "") field.blur();
  }, [urgent]);
}

function titleOf(details) {
  if (details?.temporary) return t("chatPage.temporaryConversation");
  return details ? details.title || t("common.newConversation") : t("common.conversation");
}

function placeholderOf(conversation, running, staff, danger) {
  if (staff) return t("chatPage.writeToName", { name: staff.name });
  if (running) return t("chatPage.writeYourNextQuestion");
  if (danger && danger.category !== MEDICAL) return t("chatPage.youCanGoOnWriting");
  return conversation.messages.length
    ? t("chatPage.askAnotherQuestion")
    : t("chatPage.typeYourQuestion");
}

export default function ChatPage() {
  const { id } = useParams();
  const navigate = useNavigate();
  const { user } = useAuth();
  const { suggestions, limits, inputs } = useConfig();
  const {
    drafts,
    setDraft,
    addToDraft,
    announce,
    setDialog,
    setSidebarOpen,
    temporary,
    setTemporary,
    setNewProfile,
  } = useUiStore();
  const isWide = useMediaQuery(WIDE);
  const { data: details } = useConversationDetails(id);
  const key = id ?? NEW;
  const opened = useRef(id);
  const madeHere = useRef(null);

  useEffect(() => void prepareAnswers(), []);
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
    onTakenBack(question) {
      if (question.content) addToDraft(key, question.content);
      pictures.addAgain(question.attachments ?? []);
      focusOn("textarea");
    },
  });

  const isTemporary = id ? Boolean(details?.temporary) : temporary;
  useTemporary(id, isTemporary);

  const { within } = conversation;
  const voice = useDictation({
    place: key,
    offered: inputs?.speech,
    seconds: limits.audio_seconds,
    within,
    onText(text) {
      addToDraft(key, text);
      announce(t("chatPage.yourWordsAreInThe"));
    },
  });
  const pictures = usePictures({ place: key, offered: inputs?.pictures, limits, within });
  const editing = useEditing({
    place: key,
    removePicture: pictures.remove,
    takeBack: conversation.edit,
  });
  const running = runningReply(conversation);
  const filled = conversation.messages.length + conversation.outbox.length > 0;
  const title = id ? titleOf(details) : null;
  const staff = details?.staff ?? null;
  const help = details?.help ?? null;
  const askForPerson = () => setDialog("person");
  const last = conversation.messages.at(-1);
  const danger = callsForHelp(last?.metadata?.flag) ? last.metadata.flag : null;
  useKeyboardAway(danger && last.id);
  const blocked = conversation.messages.find((message) => message.id === conversation.blocked);
  const startNew = useCallback(() => {
    setTemporary(false);
    setNewProfile(null);
    navigate("/chat");
  }, [navigate, setTemporary, setNewProfile]);
  const cut = useIsCut(conversation.connection, isSending(conversation));
  usePageTitle(title);
  useRouteFocus(id, madeHere, isWide);

  function ask(content) {
    setDraft(key, "");
    voice.reset();
    editing.end();
    conversation.ask(content, pictures.take());
  }

  async function save() {
    const { conversationMarkdown, fileNameOf } = await import("../utils/conversationMarkdown");
    const text = conversationMarkdown(title, conversation.messages);
    saveFile(new Blob([text], { type: "text/markdown" }), fileNameOf(title));
  }

  useShortcuts({
    "?": () => setDialog("shortcuts"),
    "mod+k": search,
    "mod+shift+o": startNew,
    "shift+escape": () => focusOn("textarea"),
  });

  function search() {
    if (!isWide) flushSync(() => setSidebarOpen(true));
    focusOn("[type=search]");
  }

  function dismissBlocked() {
    conversation.dismissBlocked();
    focusOn(isTouch() ? "main" : "textarea");
  }

  function startTemporary() {
    setTemporary(true);
    document.querySelector("[data-page-heading]").scrollIntoView();
    focusOn("textarea");
  }

  /** An example is asked as it stands; what is in the composer stays there. */
  const askExample = (question) => conversation.ask(question);

  return (
    <ChatLayout
      isWide={isWide}
      hasMargin={filled || conversation.loading}
      onNew={startNew}
      topbar={
        <Topbar
          title={conversation.gone ? null : title}
          hasConversation={Boolean(id) && !conversation.gone}
          lastAt={conversation.messages.findLast(({ created_at }) => created_at)?.created_at}
          isWide={isWide}
          staff={staff}
          asked={help !== null}
          paused={Boolean(user.paused_at)}
          onSave={save}
        />
      }
      bar={
        <>
          {isTemporary && <TemporaryBar onKeep={id ? null : () => setTemporary(false)} />}
          <OfflineBar connection={conversation.connection} cut={cut} />
          <UndoBar />
        </>
      }
      composer={
        !conversation.gone && (
          <>
            {help && !staff && <HelpAsked onOpen={askForPerson} />}
            <QuietCard reply={blocked} onDismiss={dismissBlocked} />
            {user.paused_at ? (
              <Paused onAskForPerson={id && !help ? askForPerson : null} />
            ) : (
              <Composer
                draft={drafts[key] ?? ""}
                onDraft={(text) => setDraft(key, text)}
                onSend={ask}
                onTooLong={conversation.haveScreened}
                onCancelEdit={editing.isEditing ? editing.cancel : null}
                onStop={conversation.stop}
                /* Without a line there is nothing to stop, and what is written waits to be sent, as the bar above says. */
                running={Boolean(running) && !cut}
                queued={running?.status === "queued"}
                stopping={running?.stopping}
                sending={isSending(conversation)}
                connected={!cut}
                voice={voice}
                pictures={pictures}
                limit={limits.message_chars}
                staff={staff}
                about={<AboutButton id={id} onOpen={() => setDialog("profile")} />}
                placeholder={placeholderOf(conversation, running, staff, danger)}
                autoFocus={isWide}
                aside={danger !== null}
              />
            )}
          </>
        )
      }
    >
      <ChatWindow
        id={id}
        conversation={{ ...conversation, edit: editing.edit }}
        cut={cut}
        editing={editing.isEditing}
        paused={Boolean(user.paused_at)}
        staff={staff}
        onNew={startNew}
        welcome={
          !id && (
            <Welcome
              name={user.name}
              suggestions={suggestions}
              paused={Boolean(user.paused_at)}
              temporary={temporary}
              onAsk={askExample}
              onTemporary={startTemporary}
            />
          )
        }
      />
      <ChatDialogs id={id} title={title} help={help} danger={danger} />
    </ChatLayout>
  );
}
