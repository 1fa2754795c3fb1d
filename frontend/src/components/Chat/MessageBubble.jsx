import { memo } from "react";

import { isReply } from "../../app/streamReducer";
import { Icon } from "../Common/Icon";
import { Answer } from "./Answer";
import { MessagePictures } from "./MessagePictures";
import { StaffMessage } from "./StaffMessage";

/** `onAskAgain`, `onRate` and `onSimplify` do the same whenever they were made, so an answer that grows redraws no other message. */
const isSame = (before, now) =>
  before.message === now.message &&
  before.question === now.question &&
  Boolean(before.onSimplify) === Boolean(now.onSimplify);

/** One message in the look of whoever wrote it; a reply comes with its `question`. */
export const MessageBubble = memo(function MessageBubble({
  message,
  question,
  onAskAgain,
  onRate,
  onSimplify,
}) {
  if (isReply(message)) {
    return (
      <Answer
        reply={message}
        question={question}
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
        <p className="bubble" dir="auto">
          <span className="sr-only">You wrote: </span>
          {message.content}
        </p>
      )}
      {message.type === "audio" && (
        <p className="meta flex items-center gap-1.5 pr-2">
          <Icon name="mic" className="icon-small" />
          Spoken
        </p>
      )}
    </div>
  );
}, isSame);
