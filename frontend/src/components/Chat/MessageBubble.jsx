import { lazy, memo, Suspense, useState } from "react";

import { isReply } from "../../app/streamReducer";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { MessagePictures } from "./MessagePictures";
import { StaffMessage } from "./StaffMessage";
import { TypingIndicator } from "./TypingIndicator";
import { t } from "../../utils/i18n";

let loaded = null;
const load = () =>
  import("./Answer").then((part) => {
    loaded = part.default;
    return part;
  });
/** Reading an answer's Markdown takes a good part of the page's code, and whoever asks the first question needs none of it. */
const LateAnswer = lazy(load);

/** Once the page has nothing better to do: the network may be gone when the answer comes. */
export const prepareAnswers = () =>
  (window.requestIdleCallback ?? setTimeout)(() => load().catch(() => {}));

/**
 * What is lazy shows its stand-in for 300 ms, however long it has been there, and an answer may hold numbers to call. Of
 * one that is drawn already the kind doesn't change, or it would be drawn anew.
 */
function Reply(props) {
  const [Answer] = useState(() => loaded ?? LateAnswer);
  return (
    <Suspense
      fallback={
        <div className="sheet answer-sheet" data-end aria-busy="true">
          <p className="who">Veda</p>
          <p className="mb-4 flex items-start gap-2.5 text-ui font-[620]">
            <TypingIndicator>{t("common.loading")}</TypingIndicator>
          </p>
        </div>
      }
    >
      <Answer {...props} />
    </Suspense>
  );
}

/** The `on…` do the same whenever they were made, so an answer that grows redraws no other message. */
const isSame = (before, now) =>
  before.message === now.message &&
  before.question === now.question &&
  before.isLast === now.isLast &&
  before.versions?.at === now.versions?.at &&
  before.versions?.count === now.versions?.count &&
  Boolean(before.onAskAgain) === Boolean(now.onAskAgain) &&
  Boolean(before.onRate) === Boolean(now.onRate) &&
  Boolean(before.onSimplify) === Boolean(now.onSimplify);

/**
 * One message in the look of whoever wrote it; a reply comes with its `question`. `versions`: which of the answers to it
 * this is. `isLast`: can be changed and asked again.
 */
export const MessageBubble = memo(function MessageBubble({
  message,
  question,
  versions,
  isLast = false,
  onAsk,
  onAskAgain,
  onEdit,
  onRate,
  onSimplify,
}) {
  if (isReply(message)) {
    return (
      <Reply
        reply={message}
        question={question}
        versions={versions}
        isLast={isLast}
        onAsk={onAsk}
        onAskAgain={onAskAgain}
        onRate={onRate}
        onSimplify={onSimplify}
      />
    );
  }
  if (message.sender === "staff") return <StaffMessage message={message} />;
  return (
    <div
      className="grid max-w-[min(34rem,92%)] min-w-0 justify-items-end gap-1.5 justify-self-end"
      data-end
    >
      <MessagePictures attachments={message.attachments} />
      {message.content && (
        <p className="bubble">
          <span className="sr-only">{t("messageBubble.youWrote")} </span>
          {/* Alone, or the direction would be that of the words before it. */}
          <span className="block" dir="auto">
            {message.content}
          </span>
        </p>
      )}
      {message.type === "audio" && (
        <p className="meta flex items-center gap-1.5 pe-2">
          <Icon name="mic" className="icon-small" />
          {t("messageBubble.spoken")}
        </p>
      )}
      {isLast && (
        <Button className="px-2.5 font-[560]" onClick={() => onEdit(message)}>
          <Icon name="pen-line" />
          {t("messageBubble.edit")}
        </Button>
      )}
    </div>
  );
}, isSame);
