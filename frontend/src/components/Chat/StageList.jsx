import { useEffect, useRef, useState } from "react";

import { isRunning } from "../../app/streamReducer";
import { STAGE } from "../../services/contracts";
import { useUiStore } from "../../stores/uiStore";
import { Icon } from "../Common/Icon";
import { TypingIndicator } from "./TypingIndicator";
import { t } from "../../utils/i18n";

const NOW = {
  [STAGE.QUEUED]: ({ position }) =>
    position ? t("stageList.youArePositionInThe", { position }) : t("stageList.waitingInTheQueue"),
  [STAGE.TRANSCRIBING]: () => t("stageList.listeningToYourRecording"),
  [STAGE.DESCRIBING]: () => t("stageList.lookingAtThePicture"),
  [STAGE.SUMMARIZING]: () => t("stageList.readingTheConversation"),
  [STAGE.RETRIEVING]: () => t("stageList.lookingForSources"),
  [STAGE.ANSWERING]: () => t("stageList.writing"),
};

const NOT_FOUND = "not_found";

function found({ metadata }) {
  const { sources, kind } = metadata;
  if (kind === NOT_FOUND || sources?.length === 0)
    return t("stageList.lookedForSourcesNothingFound");
  return sources
    ? t("stageList.lookedForSourcesLengthFound", { count: sources.length })
    : t("stageList.lookedForSources");
}

const DONE = {
  [STAGE.QUEUED]: () => t("stageList.waitedInTheQueue"),
  [STAGE.TRANSCRIBING]: () => t("stageList.listenedToYourRecording"),
  [STAGE.DESCRIBING]: () => t("stageList.lookedAtThePicture"),
  [STAGE.SUMMARIZING]: () => t("stageList.readTheConversation"),
  [STAGE.RETRIEVING]: found,
  [STAGE.ANSWERING]: ({ metadata }) =>
    metadata.model ? t("stageList.wroteTheAnswer") : t("stageList.putTheAnswerTogether"),
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
  return (
    <TypingIndicator>{reply.stopping ? t("common.stopping") : NOW[stage](reply)}</TypingIndicator>
  );
}

/** Saying that nothing was found isn't writing an answer. */
const isWorthTelling = (stage, { metadata }) =>
  stage in NOW && !(stage === STAGE.ANSWERING && metadata.kind === NOT_FOUND);

/** Where a model works, which may have to be loaded first. */
const OF_THE_MODEL = new Set([STAGE.SUMMARIZING, STAGE.DESCRIBING, STAGE.ANSWERING]);
const LONG_WAIT = 8_000;
const STILL_WAITING = "stageList.theModelIsStillGetting";

/** Whether `stage` (null: nothing to wait for) lasts long. It is announced once. */
function useLongWait(stage) {
  const announce = useUiStore((ui) => ui.announce);
  const [slow, setSlow] = useState(null);
  const told = useRef(false);

  useEffect(() => {
    if (!stage) return undefined;
    const timer = setTimeout(() => {
      setSlow(stage);
      if (!told.current) announce(t(STILL_WAITING));
      told.current = true;
    }, LONG_WAIT);
    return () => clearTimeout(timer);
  }, [stage, announce]);

  return Boolean(stage) && slow === stage;
}

function Done({ stages, reply }) {
  return stages.map((stage) => (
    <li key={stage} className="flex items-start gap-2.5 text-ink-soft">
      <Icon name="check" className="mt-px text-link" />
      <span>{DONE[stage](reply)}</span>
    </li>
  ));
}

/** Once there is an answer the steps are in nobody's way: one line, which opens. */
function Folded({ stages, reply }) {
  return (
    <details className="steps print:hidden">
      <summary className="tap meta">
        <Icon name="chevron-down" className="icon-small" />
        {t("stageList.whatVedaDid")}
      </summary>
      <ol className="grid gap-2 pb-4 text-ui" aria-label={t("stageList.steps")}>
        <Done stages={stages} reply={reply} />
      </ol>
    </details>
  );
}

/** What has been done for a reply, and what is being done; of an answer that is being written only that, in one line. */
export function StageList({ reply }) {
  const stages = (reply.stages ?? []).filter((stage) => isWorthTelling(stage, reply));
  const running = isRunning(reply);
  const done = reply.status === "done" ? stages : stages.slice(0, -1);
  const current = running && stages.at(-1);
  const waiting = running && !reply.content;
  const waitsForModel = waiting && !reply.stopping && OF_THE_MODEL.has(current);
  const long = useLongWait(waitsForModel ? current : null);
  if (!running) return done.length > 0 && <Folded stages={done} reply={reply} />;

  return (
    <ol
      className={`grid gap-2 text-ui print:hidden ${waiting ? "mb-4" : "min-h-11 content-center"}`}
      aria-label={t("stageList.steps")}
    >
      {waiting && <Done stages={done} reply={reply} />}
      <li aria-current="step" className="grid gap-1">
        <div className="flex items-start gap-2.5 font-[620]">
          {current ? (
            <Current stage={current} reply={reply} />
          ) : (
            <TypingIndicator>{t("stageList.starting")}</TypingIndicator>
          )}
        </div>
        {/* Its room is kept, so that nothing moves when it appears. */}
        {waiting && <p className={`meta ps-7.5 ${long ? "" : "invisible"}`}>{t(STILL_WAITING)}</p>}
      </li>
    </ol>
  );
}
