/* What stands together on the page. Pure. */
import { isReply } from "./streamReducer";

/** A question and what came of it stand together. */
function turnsOf(messages) {
  const turns = [];
  for (const message of messages) {
    if (isReply(message) && turns.length) turns.at(-1).push(message);
    else turns.push([message]);
  }
  return turns;
}

/** Nothing that was said of a danger, and no answer that was taken back, goes behind another or stands before one. */
const mayStandAside = ({ metadata: { flag, kind, withdrawn } }) =>
  !flag && kind !== "safety" && !withdrawn;

const isNoted = (turn, notes) => notes.some(({ after }) => turn.some(({ id }) => id === after));

/** Whether `turn` asks once more what `before` asked, and either may be looked at in the other's place. */
function isVersion(turn, before, notes) {
  const first = turn[0].metadata?.repeats?.id;
  return (
    Boolean(first) &&
    turn.some(isReply) &&
    before.some(({ id, metadata }) => id === first || metadata?.repeats?.id === first) &&
    [...before, ...turn].filter(isReply).every(mayStandAside) &&
    !isNoted(before, notes)
  );
}

/** The places of a conversation, each a list of turns: more than one where the same was asked once more. */
export function placesOf(messages, notes) {
  const places = [];
  for (const turn of turnsOf(messages)) {
    const before = places.at(-1)?.at(-1);
    if (before && isVersion(turn, before, notes)) places.at(-1).push(turn);
    else places.push([turn]);
  }
  return places;
}
