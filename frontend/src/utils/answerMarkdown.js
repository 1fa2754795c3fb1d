/* Markdown as tokens, for React to draw: no HTML is ever made of it, so there is none to sanitise. */
import { Marked } from "marked";

import { indexOfCodePoint } from "./codePoints";
import { factsIn } from "./healthProfile";
import { t } from "./i18n";

const CITATION = /^\[(\d{1,2})\](?!\()/;

const citation = {
  name: "citation",
  level: "inline",
  start: (text) => text.indexOf("["),
  tokenizer(text) {
    const match = CITATION.exec(text);
    return match ? { type: "citation", raw: match[0], n: Number(match[1]) } : undefined;
  },
};

/* A sentence between two characters that no text has, or none is marked; its last tells what is missing. */
const OPENS = "\ue000";
const CLOSES = "\ue001";
const MARKED = new RegExp(`^${OPENS}([^${CLOSES}]*)${CLOSES}(\\d+);`);

const unsupported = {
  name: "unsupported",
  level: "inline",
  start: (text) => text.indexOf(OPENS),
  tokenizer(text) {
    const match = MARKED.exec(text);
    if (!match) return undefined;
    const token = { type: "unsupported", raw: match[0], place: Number(match[2]) };
    return { ...token, tokens: this.lexer.inlineTokens(match[1]) };
  },
};

/** Where emphasis, code or a table's cells would be cut, nothing may stand between. */
const isWhole = (sentence) =>
  !/[`|\n]/.test(sentence) && (sentence.match(/[*_~]+/g) ?? []).length % 2 === 0;

/** The answer with a mark around each place, [{start, end}] in code points, that can have one. */
export function withMarks(content, places = []) {
  if (!places.length || /[\ue000\ue001]/.test(content)) return content;
  let marked = "";
  let at = 0;
  places.forEach(({ start, end }, place) => {
    const [from, to] = [indexOfCodePoint(content, start), indexOfCodePoint(content, end)];
    const sentence = content.slice(from, to);
    if (from < at || !sentence || !isWhole(sentence)) return;
    marked += `${content.slice(at, from)}${OPENS}${sentence}${CLOSES}${place};`;
    at = to;
  });
  return marked + content.slice(at);
}

/* "[1]: …" is a citation and a colon here, not the definition of a link. */
const markdown = new Marked({
  gfm: true,
  extensions: [citation, unsupported],
  tokenizer: { def: () => undefined },
});

export const lex = (text) => markdown.lexer(text);

/** [{raw, token}]; blank lines belong to the block that follows them. */
function blocksOf(text) {
  const blocks = [];
  let blank = "";
  for (const token of lex(text)) {
    if (token.type === "space") {
      blank += token.raw;
    } else {
      blocks.push({ raw: blank + token.raw, token });
      blank = "";
    }
  }
  return blocks;
}

/**
 * A function that cuts a text into blocks, again and again while it grows. Finished blocks stay the same objects, so
 * only the last one is read (and drawn) again.
 */
export function makeSplitter() {
  let before = "";
  let blocks = [];

  return function split(source) {
    const text = source.replace(/\r\n?/g, "\n");
    const kept = text.startsWith(before) ? blocks.slice(0, -1) : [];
    const start = kept.reduce((sum, { raw }) => sum + raw.length, 0);
    blocks = [...kept, ...blocksOf(text.slice(start))];
    before = text;
    return blocks;
  };
}

/** The address, if it is one that a patient may be sent to. */
export function safeAddress(href) {
  try {
    const { protocol, href: address } = new URL(href);
    return ["http:", "https:"].includes(protocol) ? address : null;
  } catch {
    return null;
  }
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

export function decodeEntities(text) {
  return text.replace(/&(?:#(\d{1,6})|(amp|lt|gt|quot|apos|nbsp));/g, (whole, code, name) => {
    if (name) return ENTITIES[name];
    return code <= 0x10ffff && code > 0 ? String.fromCodePoint(code) : whole;
  });
}

const isText = (token) => token.type === "text" && !token.tokens;
const LAST_WORD = /\S+\s*$/;

/** [what comes before, the last word], either of them null. Emphasis is cut in two. */
function cutLastWord(token) {
  if (isText(token)) {
    const at = token.text.search(LAST_WORD);
    if (at <= 0) return [null, token];
    const part = (text) => ({ ...token, raw: text, text });
    return [part(token.text.slice(0, at)), part(token.text.slice(at))];
  }
  if (token.type !== "strong" && token.type !== "em") return [null, token];
  const [head, tail] = cutLastWord(token.tokens.at(-1));
  const heads = [...token.tokens.slice(0, -1), ...(head ? [head] : [])];
  if (!heads.length) return [null, token];
  const part = (tokens) => ({ ...token, raw: tokens.map(({ raw }) => raw).join(""), tokens });
  return [part(heads), part([tail])];
}

const isBlank = (token) => isText(token) && !token.text.trim();

const isCitation = (token) => token?.type === "citation";

/** A longer "word" has to be broken anyway. */
const LONGEST_WORD = 30;

/** Takes the blanks and the last word off the end of `tokens`. */
function takeLastWord(tokens) {
  const taken = [];
  while (tokens.length && isBlank(tokens.at(-1))) taken.unshift(tokens.pop());
  if (!tokens.length) return taken;
  const [head, word] = cutLastWord(tokens.pop());
  if (head) tokens.push(head);
  if (word.raw.length <= LONGEST_WORD) return [word, ...taken];
  tokens.push(word);
  return taken;
}

/** Ties each run of citations to the word before it, as {type: "tied", tokens}, so that no line breaks there. */
export function tieCitations(tokens) {
  const tied = [];
  for (let i = 0; i < tokens.length; i += 1) {
    if (!isCitation(tokens[i])) {
      tied.push(tokens[i]);
      continue;
    }
    let end = i + 1;
    while (isCitation(tokens[end]) || (isCitation(tokens[end + 1]) && isBlank(tokens[end])))
      end += 1;
    const word = takeLastWord(tied);
    tied.push({ type: "tied", tokens: [...word, ...tokens.slice(i, end)] });
    i = end - 1;
  }
  return tied;
}

/** The answer as one copies it: as it was written. */
export const answerText = ({ content, disclaimer, metadata }) => {
  const sources = (metadata?.sources ?? []).map(({ n, title, url }) => `[${n}] ${title}: ${url}`);
  const facts = metadata?.health_profile && factsIn(metadata.health_profile);
  const heeded = facts && t("answer.youSaidFacts", { facts });
  return [content, heeded, sources.join("\n"), disclaimer].filter(Boolean).join("\n\n");
};
