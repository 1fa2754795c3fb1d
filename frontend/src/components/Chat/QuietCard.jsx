import { opensDialog, UNSCREENED, VIOLENCE } from "../../app/danger";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** What happened, and what one can do. What opens the dialog has its own words. */
const WORDS = {
  [VIOLENCE]:
    "Veda doesn’t answer this message. What helps, and numbers to call, are in the conversation. You can go on writing.",
  [UNSCREENED]:
    "Your message couldn’t be checked just now, so it wasn’t answered. Nothing is lost: send it again in a little while, or call a number in the conversation if it can’t wait.",
};
const ANYTHING_ELSE =
  "Veda doesn’t answer this message. It is kept in the conversation, with numbers to call if you need help. You can go on writing, or ask in other words.";

const isShown = (reply) => reply && !opensDialog(reply.metadata.flag);

/** Above the composer, out of the way of writing. The region is always there, so that what comes into it is announced. */
export function QuietCard({ reply, onDismiss }) {
  return (
    <div role="status">
      {isShown(reply) && (
        <div className="quiet">
          <Icon name="heart-handshake" />
          <p>{WORDS[reply.metadata.flag?.category] ?? ANYTHING_ELSE}</p>
          <Button className="btn-square" aria-label="Close this message" onClick={onDismiss}>
            <Icon name="x" />
          </Button>
        </div>
      )}
    </div>
  );
}
