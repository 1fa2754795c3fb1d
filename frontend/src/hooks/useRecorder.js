import { useCallback, useEffect, useRef, useState } from "react";

import { openRecording } from "../services/recording";
import { useMediaQuery } from "./useMediaQuery";

const IDLE = { phase: "idle", elapsed: 0, levels: [] };
const TICK = 100;
/** For whoever wants little to move. */
const CALM_TICK = 1000;
const KEPT_LEVELS = 40;

/**
 * phase: idle, asking (for the microphone), recording. `onRecorded(blob)` takes what was said, `onRefused(name)` the
 * name of the error for which there is no microphone.
 */
export function useRecorder({ seconds, onRecorded, onRefused }) {
  const [state, setState] = useState(IDLE);
  const session = useRef(null);
  const tick = useMediaQuery("(prefers-reduced-motion: reduce)") ? CALM_TICK : TICK;

  async function start() {
    session.current?.throwAway.abort();
    const throwAway = new AbortController();
    const { signal } = throwAway;
    session.current = { throwAway, recording: null };
    setState({ ...IDLE, phase: "asking" });
    try {
      const recording = await openRecording({
        seconds,
        tick,
        signal,
        onTick: ({ elapsed, level }) =>
          setState(({ phase, levels }) => ({
            phase,
            elapsed,
            levels: [...levels, level].slice(-KEPT_LEVELS),
          })),
        onRecorded(blob) {
          setState(IDLE);
          onRecorded(blob);
        },
      });
      if (signal.aborted) return;
      session.current.recording = recording;
      setState({ ...IDLE, phase: "recording" });
    } catch (error) {
      if (signal.aborted) return;
      setState(IDLE);
      onRefused(error.name);
    }
  }

  const finish = useCallback(() => session.current?.recording?.finish(), []);
  const cancel = useCallback(() => {
    session.current?.throwAway.abort();
    setState(IDLE);
  }, []);
  useEffect(() => () => session.current?.throwAway.abort(), []);

  return { ...state, start, finish, cancel };
}
