import { useRef, useState } from "react";

import { toApiError } from "../services/apiError";
import * as chatService from "../services/chatService";
import { useUiStore } from "../stores/uiStore";
import { t } from "../utils/i18n";

const FAILED = "feedback.yourRatingCouldntBeSaved";
const SAID = { 1: "feedback.markedAsHelpful", "-1": "feedback.markedAsNotHelpful" };

/**
 * What the patient said of `reply`, and ways to say it. `onRate(id, feedback)` shows it at once; where the server can't take
 * it, what it has taken last stands again. `flag`: what the server found in the comment.
 */
export function useFeedback(reply, onRate) {
  const announce = useUiStore((ui) => ui.announce);
  const [failed, setFailed] = useState(null);
  const [flag, setFlag] = useState(null);
  /** One call after the other: the last press is what counts, at the server too. */
  const queue = useRef(Promise.resolve());
  const latest = useRef(0);
  const taken = useRef(reply.feedback ?? null);
  const given = reply.feedback ?? null;

  async function store(feedback, turn) {
    /* Only the last of several presses is worth a call. */
    if (turn !== latest.current) return;
    const { conversation, id } = reply;
    try {
      const answer = feedback
        ? await chatService.giveFeedback(conversation, id, feedback)
        : await chatService.takeBackFeedback(conversation, id).then(() => null);
      taken.current = feedback;
      setFlag(answer?.flag ?? null);
    } catch (error) {
      if (turn !== latest.current) return;
      onRate(id, taken.current);
      const refusal = toApiError(error);
      setFlag(refusal.flag);
      setFailed(`${t(FAILED)} ${refusal.message}`);
      announce(t(FAILED));
    }
  }

  function give(feedback, words) {
    latest.current += 1;
    const turn = latest.current;
    setFailed(null);
    onRate(reply.id, feedback);
    announce(words);
    queue.current = queue.current.then(() => store(feedback, turn));
  }

  return {
    given,
    failed,
    flag,
    rate: (rating) =>
      rating
        ? give({ rating, comment: "" }, t(SAID[rating]))
        : give(null, t("feedback.ratingTakenBack")),
    comment: (text) => give({ ...given, comment: text }, t("feedback.thankYouYourCommentIs")),
  };
}
