import { useEffect, useRef } from "react";

import { useUiStore } from "../../stores/uiStore";
import { formatSeconds } from "../../utils/formatDate";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

const BARS = 40;
/** Below this, nobody speaks into the microphone. */
const HEARD_FROM = 0.3;
/** So many levels without a voice are a pause; more are a muted microphone. */
const PAUSE = 30;
const NEARLY_OVER = 15;

/** Whether somebody can be heard: "heard", "quiet", or null where it can't be said (yet). */
function hearing(levels) {
  const known = levels.filter((level) => level !== null);
  if (known.some((level) => level >= HEARD_FROM)) return "heard";
  return known.length >= PAUSE ? "quiet" : null;
}

const HEARING = {
  heard: "Veda can hear you.",
  quiet: "Nothing can be heard. Speak up, or check that the microphone isn’t muted.",
};

function Meter({ levels }) {
  if (levels.every((level) => level === null)) return null;
  return (
    <div className="meter" aria-hidden="true">
      {Array.from({ length: BARS }, (_, at) => (
        <i
          key={at}
          className={at < levels.length ? "" : "rest"}
          style={{ height: `${Math.max((levels[at] ?? 0) * 100, 8)}%` }}
        />
      ))}
    </div>
  );
}

function Time({ elapsed, seconds }) {
  const left = Math.max(Math.ceil(seconds - elapsed), 0);
  const nearlyOver = left <= NEARLY_OVER;
  return (
    <span className="ml-auto tabular-nums" role="timer">
      {formatSeconds(elapsed)}{" "}
      <span className={nearlyOver ? "text-danger-ink" : "meta font-normal"}>
        {nearlyOver ? `${left} s left` : `of ${formatSeconds(seconds)}`}
      </span>
    </span>
  );
}

function Recording({ voice }) {
  const announce = useUiStore((ui) => ui.announce);
  const { elapsed, seconds, levels } = voice;
  const nearlyOver = seconds - elapsed <= NEARLY_OVER;
  useEffect(() => {
    announce(nearlyOver ? `${NEARLY_OVER} seconds left.` : "Recording.");
  }, [announce, nearlyOver]);

  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2.5 font-[620]">
        <span className="pulse pulse-rec" aria-hidden="true" />
        Recording
        <Time elapsed={elapsed} seconds={seconds} />
      </p>
      <Meter levels={levels} />
      <p className="min-h-6 text-ui font-[560]" role="status">
        {HEARING[hearing(levels)]}
      </p>
      <p className="meta">
        Speak as you would on the telephone; pauses are fine. You can correct the words before you
        send them. The recording isn’t kept.
      </p>
    </>
  );
}

const WORDS = {
  asking: "Your browser asks whether Veda may use the microphone. Please allow it.",
  writing: "Writing down what you said…",
};

function Waiting({ phase }) {
  const announce = useUiStore((ui) => ui.announce);
  useEffect(() => announce(WORDS[phase]), [announce, phase]);
  return (
    <p className="flex items-start gap-2.5 font-[620]">
      <span className="pulse mt-1" aria-hidden="true" />
      {WORDS[phase]}
    </p>
  );
}

const NAMES = { asking: "Microphone", recording: "Recording", writing: "Writing down" };

/** Speaking in the place of typing: it stands where the composer stands. Escape cancels. */
export function VoiceInput({ voice }) {
  const { phase } = voice;
  const section = useRef(null);
  useEffect(() => {
    const first = section.current.querySelector("[data-first]");
    (first ?? section.current).focus();
  }, [phase]);

  return (
    <section
      ref={section}
      className="sheet voice"
      aria-label={NAMES[phase]}
      tabIndex={-1}
      onKeyDown={({ key }) => key === "Escape" && voice.reset()}
    >
      {phase === "recording" ? <Recording voice={voice} /> : <Waiting phase={phase} />}
      <div className="flex flex-wrap justify-between gap-2">
        <Button className="-ml-2" onClick={voice.reset}>
          Cancel
        </Button>
        {phase === "recording" && (
          <Button look="main" data-first onClick={voice.finish}>
            <Icon name="square" className="fill-current" />
            Stop and check
          </Button>
        )}
      </div>
    </section>
  );
}

/** Why there are no words, and what one can do. */
export function VoiceProblem({ voice }) {
  const { text, again } = voice.problem;
  return (
    <div className="mx-1.5 mt-1.5 grid grid-cols-[1fr_auto] rounded-control bg-danger-soft py-1 pr-1 pl-3.5">
      <p role="alert" className="error py-2.5">
        <Icon name="circle-alert" className="mt-px" />
        <span>{text}</span>
      </p>
      <Button className="btn-square" aria-label="Close this message" onClick={voice.reset}>
        <Icon name="x" />
      </Button>
      <div className="col-span-2 -ml-2 flex flex-wrap">
        {again === "try" && (
          <Button data-first onClick={voice.tryAgain}>
            <Icon name="rotate-ccw" />
            Try again
          </Button>
        )}
        {again && (
          <Button data-first onClick={voice.start}>
            <Icon name="mic" />
            Record again
          </Button>
        )}
      </div>
    </div>
  );
}
