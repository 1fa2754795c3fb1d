import { useCallback, useEffect, useRef, useState } from "react";

import { toApiError } from "../services/apiError";
import { canRecord } from "../services/recording";
import { transcribe } from "../services/uploads";
import { useRecorder } from "./useRecorder";

const RETRY = "try";
const RECORD = "record";

const NO_MICROPHONE = {
  NotAllowedError:
    "The microphone is blocked for this page. Allow it in your browser, by the icon beside the address, then press Speak again. You can always type.",
  NotFoundError: "No microphone was found. Connect one and press Speak again, or type.",
  NotReadableError:
    "The microphone can’t be used. Another program may be using it: close that, then press Speak again.",
};
const NO_MICROPHONE_AT_ALL = "The microphone couldn’t be started. Try again, or type.";

/** What to say about a recording that wasn't written down, and what may help. */
const FAILURES = {
  nothing_heard: [
    "No words could be heard. Come closer to the microphone, check that it isn’t muted, and speak again.",
    RECORD,
  ],
  audio_too_long: ["The recording is too long. Please say it in shorter parts.", RECORD],
  too_large: ["The recording is too large. Please say it in shorter parts.", RECORD],
  audio_unreadable: ["The recording couldn’t be read. Please speak again, or type.", RECORD],
  unsupported_file: [
    "Veda can’t read what this browser records. Type, or use another browser.",
    null,
  ],
  speech_unavailable: [
    "Speech can’t be written down at the moment. Your recording is kept on this page: try again in a minute, or type.",
    RETRY,
  ],
  speech_busy: [
    "Many people are speaking to Veda just now. Your recording is kept on this page: try again in a moment, or type.",
    RETRY,
  ],
  unreachable: [
    "Veda can’t be reached. Your recording is kept on this page: try again when you are connected.",
    RETRY,
  ],
};

function failureOf(error) {
  const { status, code, message } = toApiError(error);
  const [text, again] = FAILURES[status === 413 ? "too_large" : code] ?? [message, RETRY];
  return { text, again };
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
        problem: { text: NO_MICROPHONE[name] ?? NO_MICROPHONE_AT_ALL, again: null },
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
