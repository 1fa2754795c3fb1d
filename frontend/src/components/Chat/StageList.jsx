import { useEffect, useRef, useState } from "react";

import { isRunning } from "../../app/streamReducer";
import { STAGE } from "../../services/contracts";
import { useUiStore } from "../../stores/uiStore";
import { Icon } from "../Common/Icon";
import { TypingIndicator } from "./TypingIndicator";

const PLACES = [
  "first",
  "second",
  "third",
  "fourth",
  "fifth",
  "sixth",
  "seventh",
  "eighth",
  "ninth",
];

const place = (position) => PLACES[position - 1] ?? `number ${position}`;

const NOW = {
  [STAGE.QUEUED]: ({ position }) =>
    position ? `You are ${place(position)} in the queue` : "Waiting in the queue…",
  [STAGE.TRANSCRIBING]: () => "Listening to your recording…",
  [STAGE.DESCRIBING]: () => "Looking at the picture…",
  [STAGE.SUMMARIZING]: () => "Reading the conversation…",
  [STAGE.RETRIEVING]: () => "Looking for sources…",
  [STAGE.ANSWERING]: () => "Writing…",
};

const NOT_FOUND = "not_found";

function found({ metadata }) {
  const { sources, kind } = metadata;
  if (kind === NOT_FOUND || sources?.length === 0) return "Looked for sources: nothing found";
  return sources ? `Looked for sources: ${sources.length} found` : "Looked for sources";
}

const DONE = {
  [STAGE.QUEUED]: () => "Waited in the queue",
  [STAGE.TRANSCRIBING]: () => "Listened to your recording",
  [STAGE.DESCRIBING]: () => "Looked at the picture",
  [STAGE.SUMMARIZING]: () => "Read the conversation",
  [STAGE.RETRIEVING]: found,
  [STAGE.ANSWERING]: ({ metadata }) =>
    metadata.model ? "Wrote the answer" : "Put the answer together",
};

function Current({ stage, reply }) {
  if (stage === STAGE.QUEUED) {
    return (
      <>
        <Icon name="hourglass" className="mt-px text-link" />
        <span>{NOW[stage](reply)}</span>
      </>
    );
  }
  return <TypingIndicator>{reply.stopping ? "Stopping…" : NOW[stage](reply)}</TypingIndicator>;
}

/** Saying that nothing was found isn't writing an answer. */
const isWorthTelling = (stage, { metadata }) =>
  stage in NOW && !(stage === STAGE.ANSWERING && metadata.kind === NOT_FOUND);

/** Where a model works, which may have to be loaded first. */
const OF_THE_MODEL = new Set([STAGE.SUMMARIZING, STAGE.DESCRIBING, STAGE.ANSWERING]);
const LONG_WAIT = 8_000;
const STILL_WAITING =
  "The model is still getting ready; this can take a minute or two. You can stop at any time.";

/** Whether `stage` (null: nothing to wait for) lasts long. It is announced once. */
function useLongWait(stage) {
  const announce = useUiStore((ui) => ui.announce);
  const [slow, setSlow] = useState(null);
  const told = useRef(false);

  useEffect(() => {
    if (!stage) return undefined;
    const timer = setTimeout(() => {
      setSlow(stage);
      if (!told.current) announce(STILL_WAITING);
      told.current = true;
    }, LONG_WAIT);
    return () => clearTimeout(timer);
  }, [stage, announce]);

  return Boolean(stage) && slow === stage;
}

/** What has been done for a reply, and what is being done. */
export function StageList({ reply }) {
  const stages = (reply.stages ?? []).filter((stage) => isWorthTelling(stage, reply));
  const running = isRunning(reply);
  const done = reply.status === "done" ? stages : stages.slice(0, -1);
  const current = running && stages.at(-1);
  const waiting = running && !reply.content;
  const waitsForModel = waiting && !reply.stopping && OF_THE_MODEL.has(current);
  const long = useLongWait(waitsForModel ? current : null);
  if (!running && !done.length) return null;

  return (
    <ol className="mb-4 grid gap-2 text-ui" aria-label="Steps">
      {done.map((stage) => (
        <li key={stage} className="flex items-start gap-2.5 text-ink-soft">
          <Icon name="check" className="mt-px text-link" />
          <span>{DONE[stage](reply)}</span>
        </li>
      ))}
      {running && (
        <li aria-current="step" className="grid gap-1">
          <div className="flex items-start gap-2.5 font-[620]">
            {current ? (
              <Current stage={current} reply={reply} />
            ) : (
              <TypingIndicator>Starting…</TypingIndicator>
            )}
          </div>
          {/* Its room is kept, so that nothing moves when it appears. */}
          {waiting && <p className={`meta pl-7.5 ${long ? "" : "invisible"}`}>{STILL_WAITING}</p>}
        </li>
      )}
    </ol>
  );
}
