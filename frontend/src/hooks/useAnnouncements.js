import { useEffect, useRef } from "react";

import { isReply, isRunning } from "../app/streamReducer";
import { useUiStore } from "../stores/uiStore";
import { t } from "../utils/i18n";

function ending(reply) {
  const { reason, withdrawn, sources, flag } = reply.metadata;
  if (reason === "stopped") return t("announcements.theAnswerWasStopped");
  if (reply.status === "incomplete") return t("announcements.theAnswerBrokeOff");
  if (withdrawn) return t("announcements.vedaTookItsAnswerBack");
  const numbers = flag?.emergency ? `${t("announcements.numbersToCallAreShown")} ` : "";
  const count = sources?.length ?? 0;
  if (count === 0) return `${numbers}${t("announcements.answered")}`;
  return `${numbers}${t("announcements.answeredWithSources", { count })}`;
}

const CAME_OR_WENT = {
  joined: ({ name }) => t("announcements.nameAPersonFromStaff", { name }),
  left: ({ name }, paused) =>
    t(paused ? "announcements.nameHasLeft" : "announcements.nameHasLeftVedaAnswers", { name }),
};

const NOTHING = {
  running: new Set(),
  waiting: new Set(),
  begun: new Set(),
  failed: new Set(),
  flagged: new Set(),
  notes: 0,
  typing: 0,
};
const idsOf = (messages) => new Set(messages.map((message) => message.id));
const someNew = (now, before) => now && before && [...now].some((key) => !before.has(key));

/** What is new since `before`, in words: the gravest first, because one thing is said at a time. */
function news(before, now, { replies, staffMessages, notes, paused }) {
  if (someNew(now.failed, before.failed)) return t("announcements.yourMessageWasNotSent");
  const ended = replies.find((reply) => before.running.has(reply.id) && !now.running.has(reply.id));
  if (ended) return ending(ended);
  const flagged = [...now.flagged].some((id) => now.running.has(id) && !before.flagged.has(id));
  if (flagged) return t("announcements.numbersToCallAreShown");
  if (someNew(now.waiting, before.waiting)) return t("composer.yourQuestionIsInTheQueue");
  if (someNew(now.begun, before.begun)) return t("common.vedaIsAnswering");
  if (someNew(now.staffMessages, before.staffMessages)) {
    return t("announcements.hasWritten", {
      name: staffMessages.at(-1).metadata.name || t("announcements.somebodyFromStaff"),
    });
  }
  if (now.notes > before.notes) return CAME_OR_WENT[notes.at(-1).state](notes.at(-1), paused);
  if (now.typing && !before.typing) return t("announcements.somebodyFromStaffIsWriting");
  return null;
}

/**
 * Tells those who listen that an answer begins, ends or breaks off, that a message wasn't sent, and that a person comes,
 * writes or goes. Never its words.
 */
export function useAnnouncements(id, { loaded, messages, outbox, notes, typing }, paused) {
  const announce = useUiStore((ui) => ui.announce);
  const watched = useRef({ ...NOTHING, id: null });

  useEffect(() => {
    const before = watched.current.id === id ? watched.current : NOTHING;
    const replies = messages.filter(isReply);
    const running = replies.filter(isRunning);
    const staffMessages = messages.filter(({ sender }) => sender === "staff");
    const failed = outbox.filter(({ state }) => state === "failed");
    const now = {
      id,
      running: idsOf(running),
      /* Whose turn hasn't come, as far as the server has said so. */
      waiting: idsOf(running.filter(({ status, stages }) => status === "queued" && stages)),
      begun: idsOf(running.filter(({ status }) => status !== "queued")),
      failed: new Set(failed.map((item) => item.client_message_id)),
      flagged: idsOf(replies.filter(({ metadata }) => metadata.flag?.emergency)),
      /* What was there when the page opened is no news. */
      staffMessages: loaded ? idsOf(staffMessages) : null,
      notes: notes.length,
      typing,
    };
    watched.current = now;
    const words = news(before, now, { replies, staffMessages, notes, paused });
    if (words) announce(words);
  }, [id, loaded, messages, outbox, notes, typing, paused, announce]);
}
