import { useCallback, useEffect, useRef, useState } from "react";

import { toApiError } from "../services/apiError";
import { canRecord } from "../services/recording";
import { transcribe } from "../services/uploads";
import { useRecorder } from "./useRecorder";
import { t } from "../utils/i18n";

const RETRY = "try";
const RECORD = "record";

const NO_MICROPHONE = {
  NotAllowedError: "dictation.theMicrophoneIsBlockedFor",
  NotFoundError: "dictation.noMicrophoneWasFoundConnect",
  NotReadableError: "dictation.theMicrophoneCantBeUsed",
};
const NO_MICROPHONE_AT_ALL = "dictation.theMicrophoneCouldntBeStarted";

/** What to say about a recording that wasn't written down, and what may help. */
const FAILURES = {
  nothing_heard: ["dictation.noWordsCouldBeHeard", RECORD],
  audio_too_long: ["dictation.theRecordingIsTooLong", RECORD],
  too_large: ["dictation.theRecordingIsTooLarge", RECORD],
  audio_unreadable: ["dictation.theRecordingCouldntBeRead", RECORD],
  unsupported_file: ["dictation.vedaCantReadWhatThis", null],
  speech_unavailable: ["dictation.speechCantBeWrittenDown", RETRY],
  speech_busy: ["dictation.manyPeopleAreSpeakingTo", RETRY],
  unreachable: ["dictation.vedaCantBeReachedYour", RETRY],
};

function failureOf(error) {
  const { status, code, message } = toApiError(error);
  const [id, again] = FAILURES[status === 413 ? "too_large" : code] ?? [null, RETRY];
  return { text: id ? t(id) : message, again };
}

const IDLE = { writing: false, problem: null, heard: false };

/**
 * Speaking in the place of typing, in the conversation `place`. phase: idle, asking, recording, writing. `problem`:
 * {text, again}, where `again` is "try" (the recording is kept), "record" or null. `heard`: the words of `onText(text)`
 * have just come. `within(task)` runs task(id) with a conversation of the server.
 */
export function useDictation({ place, offered, seconds, within, onText }) {
  const [state, setState] = useState(IDLE);
  const kept = useRef(null);
  const transcribing = useRef(null);

  async function write(recording) {
    const abort = new AbortController();
    const { signal } = abort;
    kept.current = recording;
    transcribing.current = abort;
    setState({ ...IDLE, writing: true });
    try {
      const { text } = await within((id) => transcribe(id, recording, { signal }));
      if (signal.aborted) return;
      kept.current = null;
      setState({ ...IDLE, heard: true });
      onText(text);
    } catch (error) {
      if (signal.aborted) return;
      const problem = failureOf(error);
      if (problem.again !== RETRY) kept.current = null;
      setState({ ...IDLE, problem });
    }
  }

  const recorder = useRecorder({
    seconds,
    onRecorded: write,
    onRefused: (name) =>
      setState({
        ...IDLE,
        problem: { text: t(NO_MICROPHONE[name] ?? NO_MICROPHONE_AT_ALL), again: null },
      }),
  });
  const cancelRecording = recorder.cancel;

  const reset = useCallback(() => {
    cancelRecording();
    transcribing.current?.abort();
    kept.current = null;
    setState(IDLE);
  }, [cancelRecording]);
  useEffect(() => reset, [place, reset]);

  const phase = state.writing ? "writing" : recorder.phase;
  const inUse = phase !== "idle" || Boolean(state.problem);
  return {
    ...state,
    phase,
    seconds,
    elapsed: recorder.elapsed,
    levels: recorder.levels,
    available: canRecord() && (offered || inUse),
    finish: recorder.finish,
    reset,
    start() {
      setState(IDLE);
      recorder.start();
    },
    tryAgain: () => write(kept.current),
  };
}
