import { memo } from "react";

import { isReply } from "../../app/streamReducer";
import { Answer } from "./Answer";
import { StaffMessage } from "./StaffMessage";

/** `onAskAgain` does the same whenever it was made, so an answer that grows redraws no other message. */
const isSame = (before, now) => before.message === now.message;

/** One message in the look of whoever wrote it. */
export const MessageBubble = memo(function MessageBubble({ message, onAskAgain }) {
  if (isReply(message)) return <Answer reply={message} onAskAgain={onAskAgain} />;
  if (message.sender === "staff") return <StaffMessage message={message} />;
  return (
    <div
      className="grid max-w-[min(34rem,92%)] min-w-0 justify-items-end gap-1 justify-self-end"
      data-end
    >
      <p className="bubble" dir="auto">
        <span className="sr-only">You wrote: </span>
        {message.content}
      </p>
    </div>
  );
}, isSame);
