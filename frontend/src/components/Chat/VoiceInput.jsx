import { useEffect, useRef } from "react";

import { useUiStore } from "../../stores/uiStore";
import { formatSeconds } from "../../utils/formatDate";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { t } from "../../utils/i18n";

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
  heard: "voiceInput.vedaCanHearYou",
  quiet: "voiceInput.nothingCanBeHeardSpeak",
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
    <span className="ms-auto tabular-nums" role="timer">
      {formatSeconds(elapsed)}{" "}
      <span className={nearlyOver ? "text-danger-ink" : "meta font-normal"}>
        {nearlyOver
          ? t("voiceInput.leftSLeft", { left })
          : t("voiceInput.ofSeconds", { seconds: formatSeconds(seconds) })}
      </span>
    </span>
  );
}

function Recording({ voice }) {
  const announce = useUiStore((ui) => ui.announce);
  const { elapsed, seconds, levels } = voice;
  const nearlyOver = seconds - elapsed <= NEARLY_OVER;
  const heard = hearing(levels);
  useEffect(() => {
    announce(
      nearlyOver
        ? t("voiceInput.nearlyOverSecondsLeft", { seconds: NEARLY_OVER })
        : t("voiceInput.recording"),
    );
  }, [announce, nearlyOver]);

  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2.5 font-[620]">
        <span className="pulse pulse-rec" aria-hidden="true" />
        {t("voiceInput.recording2")}
        <Time elapsed={elapsed} seconds={seconds} />
      </p>
      <Meter levels={levels} />
      <p className="min-h-6 text-ui font-[560]" role="status">
        {heard && t(HEARING[heard])}
      </p>
      <p className="meta">{t("voiceInput.speakAsYouWouldOn")}</p>
    </>
  );
}

const WORDS = {
  asking: "voiceInput.yourBrowserAsksWhetherVeda",
  writing: "voiceInput.writingDownWhatYouSaid",
};

function Waiting({ phase }) {
  const announce = useUiStore((ui) => ui.announce);
  useEffect(() => announce(t(WORDS[phase])), [announce, phase]);
  return (
    <p className="flex items-start gap-2.5 font-[620]">
      <span className="pulse mt-1" aria-hidden="true" />
      {t(WORDS[phase])}
    </p>
  );
}

const NAMES = {
  asking: "voiceInput.microphone",
  recording: "voiceInput.recording2",
  writing: "voiceInput.writingDown",
};

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
      aria-label={t(NAMES[phase])}
      tabIndex={-1}
      onKeyDown={({ key }) => key === "Escape" && voice.reset()}
    >
      {phase === "recording" ? <Recording voice={voice} /> : <Waiting phase={phase} />}
      <div className="flex flex-wrap gap-2">
        {phase === "recording" && (
          <Button look="main" data-first onClick={voice.finish}>
            <Icon name="square" className="fill-current" />
            {t("voiceInput.stopAndCheck")}
          </Button>
        )}
        <Button className="ms-auto -me-4" onClick={voice.reset}>
          {t("common.cancel")}
        </Button>
      </div>
    </section>
  );
}

/** Why there are no words, and what one can do. */
export function VoiceProblem({ voice }) {
  const { text, again } = voice.problem;
  return (
    <div className="mx-1.5 mt-1.5 grid grid-cols-[1fr_auto] rounded-control bg-danger-soft py-1 pe-1 ps-3.5">
      <p role="alert" className="error py-2.5">
        <Icon name="circle-alert" className="mt-px" />
        <span>{text}</span>
      </p>
      <Button
        className="btn-square"
        aria-label={t("common.closeThisMessage")}
        onClick={voice.reset}
      >
        <Icon name="x" />
      </Button>
      <div className="col-span-2 -ms-2 flex flex-wrap">
        {again === "try" && (
          <Button data-first onClick={voice.tryAgain}>
            <Icon name="rotate-ccw" />
            {t("common.tryAgain")}
          </Button>
        )}
        {again && (
          <Button data-first onClick={voice.start}>
            <Icon name="mic" />
            {t("voiceInput.recordAgain")}
          </Button>
        )}
      </div>
    </div>
  );
}
