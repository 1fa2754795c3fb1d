/* The microphone and the recorder of the browser. It knows nothing of pages and servers. */
import { askForQuiet } from "../app/quiet";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const SPEECH = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
/** Plenty for a voice, and two minutes stay below a megabyte. */
const BITS_PER_SECOND = 48_000;
/** Loudness in decibels of full scale: silence, and a voice close by. */
const SILENT = -60;
const LOUD = -10;

/** Pages that don't come over HTTPS have no microphone. */
export const canRecord = () =>
  typeof MediaRecorder !== "undefined" && Boolean(navigator.mediaDevices?.getUserMedia);

function openMeter(stream) {
  if (typeof AudioContext === "undefined") return { level: () => null, close() {} };
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const decibels = 10 * Math.log10(power || Number.MIN_VALUE);
      return Math.min(Math.max((decibels - SILENT) / (LOUD - SILENT), 0), 1);
    },
    close: () => context.close(),
  };
}

function makeRecorder(stream) {
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
  return new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
}

const release = (stream) => stream.getTracks().forEach((track) => track.stop());

/**
 * Asks for the microphone and records until `finish()`, the limit in `seconds`, or the page goes out of sight; then
 * `onRecorded(blob)`. Aborting `signal` throws the recording away. `onTick({elapsed, level})` comes every `tick`
 * milliseconds; level is from 0 to 1, null where it can't be measured. Raises what `getUserMedia` raises.
 */
export async function openRecording({ seconds, tick, signal, onTick, onRecorded }) {
  askForQuiet(); // or it would hear itself
  const stream = await navigator.mediaDevices.getUserMedia({ audio: SPEECH });
  if (signal.aborted) return void release(stream);

  let recorder;
  let meter;
  try {
    recorder = makeRecorder(stream);
    meter = openMeter(stream);
    recorder.start();
  } catch (error) {
    release(stream);
    meter?.close();
    throw error;
  }
  const parts = [];
  const began = performance.now();
  const ending = new AbortController();

  function finish() {
    if (recorder.state !== "inactive") recorder.stop();
    release(stream);
  }

  const timer = setInterval(() => {
    const elapsed = (performance.now() - began) / 1000;
    onTick({ elapsed: Math.min(elapsed, seconds), level: meter.level() });
    if (elapsed >= seconds) finish();
  }, tick);

  recorder.ondataavailable = ({ data }) => parts.push(data);
  /* It also stops by itself: where the microphone is unplugged, or the permission is taken back. */
  recorder.onstop = () => {
    clearInterval(timer);
    ending.abort();
    release(stream);
    meter.close();
    if (!signal.aborted) onRecorded(new Blob(parts, { type: recorder.mimeType }));
  };
  const until = { signal: ending.signal };
  signal.addEventListener("abort", finish, until);
  window.addEventListener("pagehide", finish, until);
  document.addEventListener("visibilitychange", () => document.hidden && finish(), until);
  return { finish };
}
