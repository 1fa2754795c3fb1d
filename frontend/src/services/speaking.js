/* The voice of the browser. What it reads may leave the device through no voice but a local one. It knows nothing of pages. */

import { QUIET } from "../app/quiet";

const synthesis = () => window.speechSynthesis;
/** Android writes en_GB. */
const localeOf = ({ lang }) => lang.replaceAll("_", "-");
const languageOf = (locale) => locale.split("-")[0].toLowerCase();

/** Best: what the device itself would take; else one that speaks as the page is written. */
function localVoice(locale) {
  const voices = (synthesis()?.getVoices() ?? []).filter(
    (voice) => voice.localService && languageOf(localeOf(voice)) === languageOf(locale),
  );
  return (
    voices.find((voice) => voice.default) ??
    voices.find((voice) => localeOf(voice) === locale) ??
    voices[0]
  );
}

export const canSpeak = (locale) => Boolean(localVoice(locale));

/** Browsers learn late which voices there are. Gives the function that stops listening. */
export function onVoicesChange(listener) {
  synthesis()?.addEventListener?.("voiceschanged", listener);
  return () => synthesis()?.removeEventListener?.("voiceschanged", listener);
}

/** {onEnd, utterances}: kept, because browsers forget the end of an utterance that nobody holds. */
let current = null;

function stopSpeaking() {
  if (!current) return;
  const { onEnd } = current;
  current = null;
  synthesis().cancel();
  onEnd();
}

/**
 * Reads the sentences, each by itself: Chromium falls silent in long utterances. Whatever was being read stops.
 * `onEnd()` comes once, however it ended. Gives the function that stops this reading, and no later one.
 */
export function speak(sentences, locale, onEnd) {
  stopSpeaking();
  const voice = localVoice(locale);
  const utterances = sentences.map((sentence) => {
    const utterance = new SpeechSynthesisUtterance(sentence);
    return Object.assign(utterance, { voice, lang: voice.lang });
  });
  const mine = { onEnd, utterances };
  const end = () => {
    if (current === mine) stopSpeaking();
  };
  for (const utterance of utterances) utterance.onerror = end;
  utterances.at(-1).onend = end;
  current = mine;
  for (const utterance of utterances) synthesis().speak(utterance);
  return end;
}

window.addEventListener(QUIET, stopSpeaking);
/* Browsers go on reading behind a page that is gone. */
window.addEventListener("pagehide", stopSpeaking);
