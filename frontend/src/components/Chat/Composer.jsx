import { useEffect, useId, useRef } from "react";

import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

const grows = () => CSS.supports?.("field-sizing", "content");

/** Where the browser doesn't let a text area grow with its text. */
function fit(area) {
  if (grows()) return;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
}

function Hint({ connected, running, left }) {
  if (left < 0) {
    return (
      <span className="font-[560] text-danger-ink">
        Too long to send, by {-left} {left === -1 ? "character" : "characters"}.
      </span>
    );
  }
  if (left < 200) return `${left} characters left.`;
  if (!connected) return "Not connected. You can go on writing.";
  if (running) {
    return (
      <>
        Veda is answering.
        <span className="wordy"> You can write your next question now and send it afterwards.</span>
      </>
    );
  }
  return (
    <>
      Please leave out names and addresses.
      <span className="wordy"> Enter sends, Shift + Enter starts a new line.</span>
    </>
  );
}

/** Where the patient writes. While a reply runs, Stop takes Send's place and writing goes on. */
export function Composer({
  draft,
  onDraft,
  onSend,
  onStop,
  running = false,
  stopping = false,
  sending = false,
  connected = true,
  limit = Infinity,
  placeholder,
  autoFocus = false,
}) {
  const area = useRef(null);
  const id = useId();
  const left = limit - [...draft.trim()].length;

  useEffect(() => fit(area.current), [draft]);

  function send() {
    const content = draft.trim();
    if (content && left >= 0 && !running && !sending) onSend(content);
    area.current.focus();
  }

  function onKeyDown(event) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <div>
      <form
        className="sheet composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <label className="sr-only" htmlFor={id}>
          Your message
        </label>
        <textarea
          ref={area}
          id={id}
          rows={1}
          dir="auto"
          placeholder={placeholder}
          aria-describedby={`${id}-hint`}
          autoFocus={autoFocus}
          value={draft}
          onChange={({ target }) => onDraft(target.value)}
          onKeyDown={onKeyDown}
        />
        <div className="flex items-center justify-end gap-0.5">
          {running ? (
            <Button look="line" className="px-4.5" busy={stopping} onClick={onStop}>
              <Icon name="square" className="fill-current" />
              {stopping ? "Stopping…" : "Stop"}
            </Button>
          ) : (
            <Button look="main" type="submit" className="px-4.5" busy={sending}>
              <Icon name="arrow-up" />
              Send
            </Button>
          )}
        </div>
      </form>
      <p className="meta px-2 pt-1.5" id={`${id}-hint`}>
        <Hint connected={connected} running={running} left={left} />
      </p>
    </div>
  );
}
