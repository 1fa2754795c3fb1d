import { isReminder, SAFEGUARDING, withoutNumbers } from "../../app/danger";
import { isRunning } from "../../app/streamReducer";
import { useMediaQuery } from "../../hooks/useMediaQuery";
import { useUiStore } from "../../stores/uiStore";
import { withApostrophes } from "../../utils/apostrophes";
import { answerText, withMarks } from "../../utils/answerMarkdown";
import { formatMoment } from "../../utils/formatDate";
import { factsIn } from "../../utils/healthProfile";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { AnswerText } from "./AnswerText";
import { CopyButton } from "./CopyButton";
import { Feedback } from "./Feedback";
import { FixedWordsContext } from "./FixedWordsContext";
import { Suggestions } from "./Suggestions";
import { ReadAloudButton } from "./ReadAloudButton";
import { Resources } from "./Resources";
import { SourceCard } from "./SourceCard";
import { SourcesContext } from "./SourcesContext";
import { StageList } from "./StageList";
import { UnsupportedContext } from "./UnsupportedContext";
import { useSources } from "./useSources";
import { Versions } from "./Versions";
import { t } from "../../utils/i18n";

const NO_SOURCES = [];
const NO_PLACES = [];
const ROOM_FOR_MARGIN = "(min-width: 77.5rem)";

const BROKEN_OFF = {
  stopped: "answer.youStoppedThisAnswer",
  timeout: "answer.thisAnswerTookTooLong",
  interrupted: "answer.thisAnswerBrokeOff",
  failed: "answer.thisAnswerCouldntBeFinished",
};

/** Pictures have to be attached anew, which the composer shows; a question in words goes out at once. */
function whatAskingAgainDoes(question) {
  const count = question?.attachments?.length ?? 0;
  if (!count) return null;
  return t(question.content ? "answer.putsBackQuestion" : "answer.putsBackPictures", { count });
}

function BrokenOff({ reply, question, onAskAgain }) {
  const { reason, error } = reply.metadata;
  return (
    <div className="mt-4 flex flex-wrap items-center justify-between gap-x-4 gap-y-1 rounded-card bg-surface-soft py-1.5 pe-1.5 ps-4 text-ui">
      <p className="flex items-start gap-2.5">
        <Icon
          name={reason === "stopped" ? "info" : "circle-alert"}
          className="mt-px text-ink-soft"
        />
        <span>
          {error ? withApostrophes(error) : t(BROKEN_OFF[reason] ?? BROKEN_OFF.interrupted)}{" "}
          {reply.content && reason !== "stopped" && t("answer.whatWasWrittenIsAbove")}{" "}
          {onAskAgain && whatAskingAgainDoes(question)}
        </span>
      </p>
      {onAskAgain && (
        <Button className="-ms-2.5 gap-2.5 px-2.5" onClick={() => onAskAgain(reply)}>
          <Icon name="rotate-ccw" />
          {t("answer.askAgain")}
        </Button>
      )}
    </div>
  );
}

function Disclaimer({ children }) {
  return (
    <p className="meta mt-5 grid grid-cols-[1.125rem_1fr] gap-2 border-t border-line pt-3.5">
      <Icon name="info" className="mt-0.5 size-4.5" />
      <span>{children}</span>
    </p>
  );
}

/** From how much, and who answered: a line each, and what may be more than one sentence last. */
function ByWhom({ metadata }) {
  const { label, model, sources, unsupported } = metadata;
  const from = model && sources?.length;
  const count = unsupported?.length;
  return (
    <p className="meta mt-4 whitespace-pre-line">
      {count > 0 && `${t("answer.notFoundInSources", { count })}\n`}
      {from ? `${t("answer.sourceCount", { count: from })}\n` : ""}
      {label}
    </p>
  );
}

/** One press, and nobody who looks on sees what is being talked about. */
function HideButton({ id }) {
  const hide = useUiStore((ui) => ui.hide);
  return (
    <Button look="line" className="ms-auto px-3" onClick={() => hide(id)}>
      <Icon name="eye-off" />
      {t("answer.hideThis")}
    </Button>
  );
}

function Help({ flag }) {
  const setDialog = useUiStore((ui) => ui.setDialog);
  return (
    <Resources flag={flag}>
      {!isReminder(flag) && (
        <Button look="line" className="justify-self-start" onClick={() => setDialog("person")}>
          <Icon name="user-round" />
          {t("common.askForAPerson")}
        </Button>
      )}
    </Resources>
  );
}

/** Numbers stand before an answer, below the words that are themselves the notice. */
const comesFirst = ({ metadata: { flag, foreign } }) => foreign || flag.about === "answer";

/** What was said of the person before. Whoever sees that it is wrong is a press away from changing it. */
function Heeded({ profile }) {
  const facts = profile && factsIn(profile);
  const setDialog = useUiStore((ui) => ui.setDialog);
  if (!facts) return null;
  return (
    <div className="mt-4 flex flex-wrap items-center gap-x-2">
      <p className="meta" dir="auto">
        {t("answer.youSaidFacts", { facts })}
      </p>
      <Button className="-ms-2 px-2" aria-haspopup="dialog" onClick={() => setDialog("profile")}>
        {t("answer.changeIt")}
      </Button>
    </div>
  );
}

/** How easy it is to read now, and was before. */
function Grades({ metadata }) {
  const { simplifies, reading_grade: now } = metadata;
  const before = simplifies?.reading_grade;
  if (before == null || now == null) return null;
  return (
    <p className="meta mt-4">
      {t("answer.readingLevelUsSchoolGrade", { now: Math.round(now), before: Math.round(before) })}
    </p>
  );
}

function canBeSimpler({ status, content, metadata }) {
  const { kind, sources, withdrawn, simplifies } = metadata;
  return (
    status === "done" &&
    content &&
    kind === "answer" &&
    sources?.length &&
    !withdrawn &&
    !simplifies
  );
}

/** Only a model can say the same in other words: without one there is no `onSimplify`. */
function SimplerButton({ reply, onSimplify }) {
  if (!onSimplify || !canBeSimpler(reply)) return null;
  return (
    <Button className="px-2.5 font-[560]" onClick={() => onSimplify(reply)}>
      <Icon name="book-open" />
      {t("answer.explainMoreSimply")}
    </Button>
  );
}

const isRated = ({ content, metadata }) => Boolean(content) && metadata.kind !== "safety";

/** Nobody near hears by a slip of the finger what is being talked about. */
const isRead = ({ content, metadata }) => content && metadata.flag?.category !== SAFEGUARDING;

const canBeAgain = ({ status, metadata }) => status === "done" && metadata.kind !== "safety";

function Actions({ reply, versions, isLast, onAskAgain, onRate, onSimplify }) {
  return (
    <div className="-mx-2.5 mt-1 flex flex-wrap" role="group" aria-label={t("answer.thisAnswer")}>
      {versions && <Versions {...versions} />}
      {reply.content && <CopyButton text={() => answerText(reply)} />}
      {isRead(reply) && <ReadAloudButton reply={reply} />}
      {isLast && canBeAgain(reply) && (
        <Button className="px-2.5 font-[560]" onClick={() => onAskAgain(reply)}>
          <Icon name="refresh-cw" />
          {t("answer.answerAgain")}
        </Button>
      )}
      <SimplerButton reply={reply} onSimplify={onSimplify} />
      {/* The last, because what it asks for takes the whole width. */}
      {onRate && isRated(reply) && <Feedback reply={reply} onRate={onRate} />}
    </div>
  );
}

function Sheet({ reply, question, versions, isLast, onAsk, onAskAgain, onRate, onSimplify }) {
  const running = isRunning(reply);
  const { flag, withdrawn } = reply.metadata;
  const text = running ? reply.content : withMarks(reply.content, reply.metadata.unsupported);
  const help = flag?.emergency && <Help flag={flag} />;
  const first = help && comesFirst(reply);
  return (
    <div className="sheet answer-sheet" data-end>
      <h2 className="who">
        Veda
        {!running && reply.created_at && (
          <span className="meta font-normal">{formatMoment(reply.created_at)}</span>
        )}
        {flag?.category === SAFEGUARDING && <HideButton id={reply.id} />}
      </h2>
      {(!help || isReminder(flag)) && !withdrawn && <StageList reply={reply} />}
      {first && help}
      <FixedWordsContext value={Boolean(withdrawn)}>
        <AnswerText text={help ? withoutNumbers(text, flag) : text} growing={running}>
          {!first && help}
        </AnswerText>
      </FixedWordsContext>
      {!running && <Heeded profile={reply.metadata.health_profile} />}
      {!running && !withdrawn && reply.content && reply.metadata.label && (
        <ByWhom metadata={reply.metadata} />
      )}
      {!running && <Grades metadata={reply.metadata} />}
      {reply.status === "incomplete" && (
        <BrokenOff reply={reply} question={question} onAskAgain={onAskAgain} />
      )}
      {reply.disclaimer && <Disclaimer>{reply.disclaimer}</Disclaimer>}
      {running ? (
        <div className="h-3" />
      ) : (
        <Actions
          reply={reply}
          versions={versions}
          isLast={isLast}
          onAskAgain={onAskAgain}
          onRate={onRate}
          onSimplify={onSimplify}
        />
      )}
      {isLast && <Suggestions texts={reply.metadata.suggestions} onAsk={onAsk} />}
    </div>
  );
}

/** A reply of Veda: a sheet, and its sources beside or below it. */
export default function Answer({
  reply,
  question,
  versions,
  isLast,
  onAsk,
  onAskAgain,
  onRate,
  onSimplify,
}) {
  const sources = reply.metadata.sources ?? NO_SOURCES;
  const inMargin = useMediaQuery(ROOM_FOR_MARGIN);
  return (
    <SourcesContext value={useSources(sources)}>
      <article
        className="answer min-w-0"
        aria-label={t("answer.answerFromVeda")}
        aria-busy={isRunning(reply)}
      >
        <UnsupportedContext value={reply.metadata.unsupported ?? NO_PLACES}>
          <Sheet
            reply={reply}
            question={question}
            versions={versions}
            isLast={isLast}
            onAsk={onAsk}
            onAskAgain={onAskAgain}
            onRate={onRate}
            onSimplify={onSimplify}
          />
        </UnsupportedContext>
        {sources.length > 0 && (
          <ul className="margin" role="list" aria-label={t("answer.sourcesOfThisAnswer")}>
            {sources.map((source) => (
              <li key={source.n}>
                <SourceCard source={source} inMargin={inMargin} />
              </li>
            ))}
          </ul>
        )}
      </article>
    </SourcesContext>
  );
}
