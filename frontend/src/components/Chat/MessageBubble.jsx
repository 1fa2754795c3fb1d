import { lazy, memo, Suspense } from "react";

import { isReply } from "../../app/streamReducer";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { MessagePictures } from "./MessagePictures";
import { StaffMessage } from "./StaffMessage";
import { t } from "../../utils/i18n";

const load = () => import("./Answer");
/** Reading an answer's Markdown takes a good part of the page's code, and whoever asks the first question needs none of it. */
const Answer = lazy(load);

/** Once the page has nothing better to do: the network may be gone when the answer comes. */
export const prepareAnswers = () =>
  (window.requestIdleCallback ?? setTimeout)(() => load().catch(() => {}));

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
      <Suspense fallback={<div className="sheet answer-sheet" data-end aria-busy="true" />}>
        <Answer
          reply={message}
          question={question}
          versions={versions}
          isLast={isLast}
          onAsk={onAsk}
          onAskAgain={onAskAgain}
          onRate={onRate}
          onSimplify={onSimplify}
        />
      </Suspense>
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
