import { Fragment, useEffect, useRef, useState } from "react";

import { isReply, isRunning, questionOf } from "../../app/streamReducer";
import { placesOf } from "../../app/turns";
import { useAnnouncements } from "../../hooks/useAnnouncements";
import { useFollow } from "../../hooks/useFollow";
import { useUiStore } from "../../stores/uiStore";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { MessageBubble } from "./MessageBubble";
import { PresenceNote, StaffWriting } from "./Presence";
import { UnsentMessage } from "./UnsentMessage";
import { t } from "../../utils/i18n";

const keyOf = (message) => message.client_message_id ?? message.id;

function Notice({ title, children }) {
  return (
    <div className="lane grid min-h-full content-center justify-items-start gap-3">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

const isHidden = (turn, hidden) => turn.some(({ id }) => hidden.includes(id));

/** Nothing here tells what it is. */
function HiddenTurn({ turn }) {
  const { hidden, showAgain } = useUiStore();
  const button = useRef(null);
  /* The button that hid it is gone, and the focus with it. */
  useEffect(() => {
    if (document.activeElement === document.body) button.current.focus();
  }, []);

  return (
    <p className="flex flex-wrap items-center gap-x-2 text-ui text-ink-soft" data-end>
      {t("chatWindow.hiddenOnThisPage")}
      <Button
        ref={button}
        className="px-2"
        onClick={() => turn.forEach(({ id }) => hidden.includes(id) && showAgain(id))}
      >
        {t("chatWindow.showAgain")}
      </Button>
    </p>
  );
}

function Turn({ turn, versions, conversation, isLast, paused }) {
  const { notes, ask, askAgain, edit, rate, simplify } = conversation;
  return turn.map((message) => (
    <Fragment key={keyOf(message)}>
      <MessageBubble
        message={message}
        question={isReply(message) ? questionOf(conversation, message) : undefined}
        versions={versions}
        isLast={isLast}
        onAsk={ask}
        onAskAgain={paused ? undefined : askAgain}
        onEdit={edit}
        onRate={paused ? undefined : rate}
        onSimplify={paused ? undefined : simplify}
      />
      {notesAfter(notes, message.id, paused)}
    </Fragment>
  ));
}

/** Of the turns that ask the same the newest, until the patient looks at another. */
function Place({ turns, ...rest }) {
  const count = turns.length;
  const [chosen, setChosen] = useState(null);
  const { at, cameBy } = chosen?.count === count ? chosen : { at: count - 1, cameBy: 0 };
  const onStep = (by) => setChosen({ at: at + by, count, cameBy: by });
  const versions = count > 1 ? { at, count, cameBy, onStep } : undefined;
  return <Turn turn={turns[at]} versions={versions} {...rest} />;
}

const notesAfter = (notes, id, paused) =>
  notes
    .filter(({ after }) => after === id)
    .map((note, at) => <PresenceNote key={`${note.state} ${at}`} note={note} paused={paused} />);

function Turns({ conversation, cut, editing, paused, staff }) {
  const { messages, notes, typing, outbox, sendAgain, discard } = conversation;
  const hidden = useUiStore((ui) => ui.hidden);
  const places = placesOf(messages, notes);
  const mayChange = !staff && !editing && !paused && !outbox.length && !messages.some(isRunning);
  return (
    <>
      {notesAfter(notes, null, paused)}
      {places.map((turns, at) => (
        <div className="turn" key={keyOf(turns[0][0])}>
          {isHidden(turns[0], hidden) ? (
            <HiddenTurn turn={turns[0]} />
          ) : (
            <Place
              turns={turns}
              conversation={conversation}
              isLast={mayChange && at === places.length - 1}
              paused={paused}
            />
          )}
        </div>
      ))}
      {staff && <StaffWriting name={staff.name} heard={typing} />}
      {outbox.map((item) => (
        <div className="turn" key={item.client_message_id}>
          <UnsentMessage
            item={item}
            cut={cut}
            onSendAgain={paused ? null : sendAgain}
            onDiscard={discard}
          />
        </div>
      ))}
    </>
  );
}

/** As if an answer stood there already, so that little moves when it does. */
const LINES = ["w-11/12", "w-full", "w-10/12", "w-3/5"];

function State({ conversation, onNew, welcome }) {
  if (conversation.gone) {
    return (
      <Notice title={t("chatWindow.thisConversationIsntHereAny")}>
        <p>{t("chatWindow.itMayHaveBeenDeleted")}</p>
        <Button look="line" onClick={onNew}>
          <Icon name="square-pen" />
          {t("common.newConversation")}
        </Button>
      </Notice>
    );
  }
  if (conversation.failed) {
    return (
      <Notice title={t("chatWindow.thisConversationCouldntBeLoaded")}>
        <p>{t("chatWindow.nothingIsLostCheckYour")}</p>
        <Button look="line" onClick={conversation.reload}>
          <Icon name="rotate-ccw" />
          {t("common.tryAgain")}
        </Button>
      </Notice>
    );
  }
  if (conversation.loading) {
    return (
      <div className="lane grid content-start pt-5">
        <div className="turn">
          <div className="bubble h-14 w-64 max-w-[70%] justify-self-end opacity-50" />
          <div className="sheet answer-sheet">
            <p className="meta flex items-center gap-2">
              <span className="pulse" aria-hidden="true" />
              {t("chatWindow.loadingTheConversation")}
            </p>
            <div className="grid gap-4 pt-6 pb-8" aria-hidden="true">
              {LINES.map((width) => (
                <div key={width} className={`h-4 rounded-full bg-surface-soft ${width}`} />
              ))}
            </div>
          </div>
        </div>
      </div>
    );
  }
  return welcome;
}

/**
 * The messages of one conversation; while there are none, `welcome`. `staff`: {name} of who is in it, or null. `editing`:
 * the last question is being changed. `paused`: nothing can be sent.
 */
export function ChatWindow({
  id,
  conversation,
  cut = false,
  editing = false,
  paused = false,
  staff = null,
  welcome,
  onNew,
}) {
  const { box, content, away, toLatest, toEnd } = useFollow(id);
  const lastSent = conversation.outbox.at(-1)?.client_message_id;
  useEffect(() => {
    if (lastSent) toLatest();
  }, [lastSent, toLatest]);
  useAnnouncements(id, conversation, paused);
  const { messages, outbox, notes } = conversation;
  const filled = messages.length + outbox.length + notes.length > 0 || Boolean(staff);

  return (
    <div className="grid min-h-0 grid-rows-[minmax(0,1fr)_auto]">
      <main ref={box} className="thread" tabIndex={0} aria-label={t("common.conversation")}>
        <div ref={content} className="min-h-full grid">
          {filled && !conversation.gone ? (
            <div className="lane grid content-start gap-8 pt-5 pb-8">
              <Turns
                conversation={conversation}
                cut={cut}
                editing={editing}
                paused={paused}
                staff={staff}
              />
            </div>
          ) : (
            <State conversation={conversation} onNew={onNew} welcome={welcome} />
          )}
        </div>
      </main>
      {filled && (away === "left" || (away && messages.some(isRunning))) && (
        /* Below the messages and not over them: what one reads isn't covered. */
        <div className="lane py-1.5">
          <div className="foot">
            <Button look="line" className="mx-auto flex w-fit whitespace-nowrap" onClick={toEnd}>
              <Icon name="arrow-down" />
              {t("chatWindow.jumpToTheLatest")}
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
