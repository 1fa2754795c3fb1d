import { opensDialog, UNSCREENED, VIOLENCE } from "../../app/danger";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";
import { t } from "../../utils/i18n";

/** What happened, and what one can do. What opens the dialog has its own words. */
const WORDS = {
  [VIOLENCE]: "quietCard.vedaDoesntAnswerThisMessage",
  [UNSCREENED]: "quietCard.yourMessageCouldntBeChecked",
};
const ANYTHING_ELSE = "quietCard.vedaDoesntAnswerThisMessage2";

const isShown = (reply) => reply && !opensDialog(reply.metadata.flag);

/** Above the composer, out of the way of writing. The region is always there, so that what comes into it is announced. */
export function QuietCard({ reply, onDismiss }) {
  return (
    <div role="status">
      {isShown(reply) && (
        <div className="quiet">
          <Icon name="heart-handshake" />
          <p>{t(WORDS[reply.metadata.flag?.category] ?? ANYTHING_ELSE)}</p>
          <Button
            className="btn-square"
            aria-label={t("common.closeThisMessage")}
            onClick={onDismiss}
          >
            <Icon name="x" />
          </Button>
        </div>
      )}
    </div>
  );
}
