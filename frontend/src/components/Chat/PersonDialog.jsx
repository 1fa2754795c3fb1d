import { PERSON } from "../../app/danger";
import { useConversationChanges } from "../../hooks/useConversations";
import { toApiError } from "../../services/apiError";
import { useAuthStore } from "../../stores/authStore";
import { withApostrophes } from "../../utils/apostrophes";
import { Button } from "../Common/Button";
import { FormError } from "../Common/FormError";
import { RichText } from "../Common/RichText";
import { ToNumbers } from "../Common/ToNumbers";
import { HelpDialog } from "./HelpDialog";
import { Resources } from "./Resources";
import { t } from "../../utils/i18n";

/** Only the year of birth is known: whoever turns 18 in this year may still be 17. */
const ADULT_AGE = 18;
const mayBeUnderAge = ({ user }) =>
  Boolean(user?.year_of_birth) && new Date().getFullYear() - user.year_of_birth <= ADULT_AGE;

/** The lines for whoever asks for a person; `flag`: those for the danger that the conversation told of last. */
function Numbers({ emergency, flag }) {
  const underAge = useAuthStore(mayBeUnderAge);
  return <Resources flag={flag ?? { category: PERSON, under_age: underAge, emergency }} />;
}

function Asked({ help, flag, error, onTakeBack, onClose }) {
  return (
    <HelpDialog
      title={t("personDialog.youAskedForAPerson")}
      words={withApostrophes(help.message)}
      onClose={onClose}
      foot={
        <>
          <Button className="phone:-ms-4" onClick={onTakeBack}>
            {t("personDialog.withdrawMyRequest")}
          </Button>
          <Button look="line" onClick={onClose}>
            {t("common.backToTheConversation")}
          </Button>
        </>
      }
    >
      <FormError>{error?.message}</FormError>
      <Numbers emergency={help.emergency} flag={flag} />
    </HelpDialog>
  );
}

function Asking({ flag, error, busy, onAsk, onClose }) {
  const emergency = error?.emergency;
  return (
    <HelpDialog
      title={t("common.askForAPerson")}
      words={
        <RichText
          id="personDialog.ifSomebodyIsInDanger"
          strong={<strong />}
          number={<ToNumbers target="_blank" rel="noreferrer" />}
          aside={<span className="sr-only" />}
        />
      }
      onClose={onClose}
      foot={
        <>
          <Button className="phone:-ms-4" onClick={onClose}>
            {t("personDialog.notNow")}
          </Button>
          <Button look="main" busy={busy} onClick={onAsk}>
            {t("common.askForAPerson")}
          </Button>
        </>
      }
    >
      <FormError>{error?.message}</FormError>
      {(flag || emergency) && <Numbers emergency={emergency} flag={flag} />}
      <p>{t("personDialog.staffOfThisVedaAre")}</p>
    </HelpDialog>
  );
}

/** Asking tells people, so it is never done by one press alone. */
export function PersonDialog({ id, help, flag, onClose }) {
  const { askForPerson, takeBackHelp } = useConversationChanges();
  const { error } = askForPerson.isError ? askForPerson : takeBackHelp;
  const shared = { flag, error: error && toApiError(error), onClose };
  if (help)
    return (
      <Asked
        help={help}
        onTakeBack={() => takeBackHelp.mutate(id, { onSuccess: onClose })}
        {...shared}
      />
    );
  return <Asking busy={askForPerson.isPending} onAsk={() => askForPerson.mutate(id)} {...shared} />;
}
