import english from "./english";
import { speak } from "../utils/i18n";

const TAG = /(<\/?\w+>)/;

/** Letters that no English text has, and a reader still knows. */
const widen = (words) =>
  words.replaceAll(/[A-Za-z]/g, (letter) => String.fromCodePoint(letter.codePointAt(0) + 0xfee0));

const inWords = (words) =>
  words
    .split(TAG)
    .map((part) => (TAG.test(part) ? part : widen(part)))
    .join("");

/** A compiled message is a text, or a list of texts and of [name, kind, its cases]. */
function pseudo(message) {
  if (typeof message === "string") return inWords(message);
  return message.map((part) => (Array.isArray(part) ? pseudoPlace(part) : pseudo(part)));
}

function pseudoPlace([name, kind, cases]) {
  if (!cases) return [name];
  const changed = Object.entries(cases).map(([key, words]) => [
    key,
    key === "offset" ? words : pseudo(words),
  ]);
  return [name, kind, Object.fromEntries(changed)];
}

/** Every word of the message files in other letters, from right to left, with the dates of Egypt. */
export function speakPseudo() {
  const messages = Object.entries(english).map(([id, message]) => [id, pseudo(message)]);
  speak("ar-EG", Object.fromEntries(messages));
}

const SAID = ["aria-label", "placeholder", "title", "alt"];

function textsOf(root) {
  const texts = [document.title];
  for (const element of root.querySelectorAll("*")) {
    for (const name of SAID) texts.push(element.getAttribute(name) ?? "");
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
    }
  }
  return texts;
}

const stringsIn = (value) => {
  if (typeof value === "string") return [value];
  return value && typeof value === "object" ? Object.values(value).flatMap(stringsIn) : [];
};

/** What `root` says in English though no message file has it. `known`: what the server and the patient said. */
export function strangersIn(root, known) {
  const foreign = stringsIn(known)
    .flatMap((words) => words.split(/[\n*[\]]+/))
    .map((words) => words.trim())
    .filter((words) => /[A-Za-z]{2}/.test(words))
    .sort((one, other) => other.length - one.length);
  return textsOf(root)
    .map((text) => foreign.reduce((rest, words) => rest.replaceAll(words, ""), text))
    .filter((rest) => /[A-Za-z]{2}/.test(rest.replaceAll("Veda", "")));
}
