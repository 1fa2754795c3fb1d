/* How the tests start their browser. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findChromium } from "../scripts/findChromium.mjs";

export const chromium = (...args) => ({
  executablePath: findChromium(),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    ...args,
  ],
});

/** Where these words lie, spoken; null where there is nobody to speak them. */
export function speechOf(words) {
  const name = createHash("sha256").update(words).digest("hex").slice(0, 12);
  const file = join(tmpdir(), `veda-speech-${name}.wav`);
  try {
    execFileSync("espeak-ng", ["-v", "en-gb", "-s", "140", "-w", file, words]);
    return file;
  } catch {
    return null;
  }
}

/** With a microphone into which `speech`, a file, is played again and again. */
export const chromiumThatHears = (speech) =>
  chromium(
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-audio-capture=${speech}`,
  );
