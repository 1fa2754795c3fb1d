import { memo, useContext, useState } from "react";

import {
  decodeEntities,
  makeSplitter,
  safeAddress,
  tieCitations,
} from "../../utils/answerMarkdown";
import { numberIn } from "../../app/danger";
import { withApostrophes } from "../../utils/apostrophes";
import { Call } from "./Call";
import { Citation } from "./Citation";
import { FixedWordsContext } from "./FixedWordsContext";
import { Unsupported } from "./Unsupported";
import { t } from "../../utils/i18n";

function SafeLink({ href, children }) {
  const address = safeAddress(href);
  if (!address) return children;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      <span className="sr-only"> {t("common.opensANewTab")}</span>
    </a>
  );
}

const shown = (text) => withApostrophes(decodeEntities(text));

const inline = (tokens = []) =>
  tieCitations(tokens).map((token, index) => <Inline key={index} token={token} />);

const citedIn = (tokens) => tokens.filter(({ type }) => type === "citation").map(({ n }) => n);

const INLINE = {
  strong: ({ tokens }) => <strong>{inline(tokens)}</strong>,
  em: ({ tokens }) => <em>{inline(tokens)}</em>,
  del: ({ tokens }) => <del>{inline(tokens)}</del>,
  codespan: ({ text }) => <code>{text}</code>,
  br: () => <br />,
  link: ({ href, tokens }) => <SafeLink href={href}>{inline(tokens)}</SafeLink>,
  /* A picture could tell its host who reads; its description is enough. */
  image: ({ text }) => text,
  citation: ({ n, raw }) => <Citation n={n} raw={raw} />,
  unsupported: ({ tokens, place }) => (
    <Unsupported place={place} cited={citedIn(tokens)}>
      {inline(tokens)}
    </Unsupported>
  ),
  tied: ({ tokens }) => (
    <span className="whitespace-nowrap">
      {tokens.map((token, index) => (
        <Inline key={index} token={token} />
      ))}
    </span>
  ),
  text: ({ text, tokens }) => (tokens ? inline(tokens) : shown(text)),
};

function Inline({ token }) {
  return INLINE[token.type]?.(token) ?? token.raw;
}

const cell = (Tag) =>
  function Cell({ tokens, align }, index) {
    const aligned = { right: "text-end", center: "text-center" }[align];
    return (
      <Tag key={index} className={aligned} scope={Tag === "th" ? "col" : undefined}>
        {inline(tokens)}
      </Tag>
    );
  };

const BLOCK = {
  paragraph: ({ tokens }, isLead) => (
    <p className={isLead ? "lead" : undefined}>{inline(tokens)}</p>
  ),
  text: ({ tokens, text }) => (tokens ? inline(tokens) : shown(text)),
  heading: ({ tokens }) => <h3>{inline(tokens)}</h3>,
  blockquote: ({ tokens }) => <blockquote>{blocks(tokens)}</blockquote>,
  code: ({ text }) => (
    <pre tabIndex={0}>
      <code>{text}</code>
    </pre>
  ),
  hr: () => <hr />,
  list: (token) => <List {...token} />,
  table: ({ header, rows }) => (
    <div className="table-frame" tabIndex={0} role="region" aria-label={t("answerText.table")}>
      <table>
        <thead>
          <tr>{header.map(cell("th"))}</tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>{row.map(cell("td"))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  ),
};

/** In fixed words, a list of numbers to call can be called. */
function List({ ordered, start, items }) {
  const isFixed = useContext(FixedWordsContext);
  const calls = isFixed ? items.map(({ text }) => numberIn(text)) : [null];
  if (calls.every(Boolean)) {
    return (
      <div
        className="grid grid-cols-[minmax(0,1fr)] gap-2.5"
        role="group"
        aria-label={t("common.numbersToCall")}
      >
        {calls.map((entry) => (
          <Call key={entry.number} entry={entry} urgent />
        ))}
      </div>
    );
  }
  const Tag = ordered ? "ol" : "ul";
  return (
    <Tag start={ordered && start !== 1 ? start : undefined}>
      {items.map((item, index) => (
        <li key={index}>{blocks(item.tokens)}</li>
      ))}
    </Tag>
  );
}

const isBlock = (token) => token.type in BLOCK;

function blocks(tokens) {
  return tokens
    .filter((token) => token.type !== "space")
    .map((token, index) => <Block key={index} token={token} />);
}

/** What isn't known here, raw HTML above all, is shown as it was written. */
const Block = memo(function Block({ token, isLead = false }) {
  if (isBlock(token)) return BLOCK[token.type](token, isLead);
  if (token.type in INLINE) return <Inline token={token} />;
  return <p>{token.raw.trim()}</p>;
});

const LONGEST_LEAD = 240;

const isLead = ({ token }, index) =>
  index === 0 && token.type === "paragraph" && token.text.length <= LONGEST_LEAD;

const Growing = memo(function Growing({ block, isLead: lead, growing }) {
  return (
    <div className={growing ? "is-growing" : undefined} dir="auto">
      <Block token={block.token} isLead={lead} />
    </div>
  );
});

/**
 * The text of an answer, with `children` below its first lines. While it grows, only its last block is read and drawn
 * again.
 */
export function AnswerText({ text, growing = false, children }) {
  const [split] = useState(makeSplitter);
  const draw = (block, index, list) => (
    <Growing
      key={index}
      block={block}
      isLead={isLead(block, index)}
      growing={growing && index === list.length - 1}
    />
  );
  const [first, ...others] = split(text).map(draw);

  return (
    <div className="prose">
      {first}
      {children}
      {others}
    </div>
  );
}
