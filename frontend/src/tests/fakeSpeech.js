import { act } from "@testing-library/react";

const LOCAL = { lang: "en-GB", localService: true, default: true, name: "Of this device" };
export const REMOTE = { ...LOCAL, localService: false, name: "Of a company" };

/** A browser's voices, and what they were given to read; `finish()` is the end of what is being read. */
class FakeSynthesis extends EventTarget {
  voices = [LOCAL];
  queue = [];

  getVoices() {
    return this.voices;
  }

  speak(utterance) {
    this.queue.push(utterance);
  }

  /* As Chromium does it: what is taken away fails. */
  cancel() {
    for (const utterance of this.queue.splice(0)) utterance.onerror?.({ error: "canceled" });
  }

  finish() {
    act(() => this.queue.shift().onend?.());
  }

  learn(voices) {
    this.voices = voices;
    act(() => void this.dispatchEvent(new Event("voiceschanged")));
  }

  get texts() {
    return this.queue.map(({ text }) => text);
  }
}

class FakeUtterance {
  constructor(text) {
    this.text = text;
  }
}

export function giveVoice() {
  globalThis.speechSynthesis = new FakeSynthesis();
  globalThis.SpeechSynthesisUtterance = FakeUtterance;
  return globalThis.speechSynthesis;
}

export function takeVoice() {
  delete globalThis.speechSynthesis;
  delete globalThis.SpeechSynthesisUtterance;
}
