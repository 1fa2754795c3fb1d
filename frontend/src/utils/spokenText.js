/* An answer as one hears it: without marks of Markdown, without numbers of sources. */
import { decodeEntities, lex } from "./answerMarkdown";
import { t } from "./i18n";

/** Longer ones are cut where one would breathe: some voices fall silent within them. */
const LONGEST = 200;
const BREATH = new RegExp(
  `.{1,${LONGEST}}(?:[,;:] |$)|.{1,${LONGEST}}(?: |$)|.{1,${LONGEST}}`,
  "gsu",
);

const line = (tokens = []) => tokens.map(words).join("");

function words({ type, raw, text, tokens }) {
  if (type === "citation") return "";
  if (type === "br") return " ";
  return tokens ? line(tokens) : decodeEntities(text ?? raw);
}

const rowOf = (cells) => cells.map(({ tokens }) => line(tokens)).join(", ");

function itemLines({ ordered, start, items }) {
  return items.flatMap(({ tokens }, at) => {
    const [first = "", ...others] = tokens.flatMap(linesOf);
    return [ordered ? `${start + at}: ${first}` : first, ...others];
  });
}

/** What is read without a break: a paragraph, a heading, an entry of a list, a row of a table. */
function linesOf(token) {
  const { type, tokens = [], header, rows } = token;
  if (type === "space" || type === "hr") return [];
  if (type === "list") return itemLines(token);
  if (type === "table") return [header, ...rows].map(rowOf);
  if (type === "blockquote") return tokens.flatMap(linesOf);
  return [words(token)];
}

/** Where a source's number stood, no blank is left before the full stop. */
const tidy = (text) =>
  text
    .replace(/\s+/g, " ")
    .replace(/ (?=[.,;:!?](?: |$))/g, "")
    .trim();

function sentencesOf(text, locale) {
  const segments = new Intl.Segmenter(locale, { granularity: "sentence" }).segment(text);
  return [...segments].flatMap(({ segment }) => segment.match(BREATH));
}

/** The sentences of a reply, with what stands below it: how much of it its sources don't have, and the disclaimer. */
export function spokenText({ content, metadata, disclaimer }, locale) {
  const count = metadata.unsupported?.length;
  const below = [count && t("answer.notFoundInSources", { count }), disclaimer];
  return [...lex(content).flatMap(linesOf), ...below.filter(Boolean)]
    .map(tidy)
    .flatMap((text) => sentencesOf(text, locale))
    .map((sentence) => sentence.trim())
    .filter(Boolean);
}
