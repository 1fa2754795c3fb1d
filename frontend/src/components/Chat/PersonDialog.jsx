import { useConversationChanges } from "../../hooks/useConversations";
import { toApiError } from "../../services/apiError";
import { Button } from "../Common/Button";
import { FormError } from "../Common/FormError";
import { Modal } from "../Common/Modal";
import { HelpNumbers } from "./HelpNumbers";
import { RichText } from "../Common/RichText";
import { t } from "../../utils/i18n";

function Numbers({ emergency }) {
  return (
    <div className="grid gap-2.5" role="group" aria-label={t("common.numbersToCall")}>
      <h3>{t("personDialog.ifItCantWait")}</h3>
      <HelpNumbers flag={{ category: null, emergency }} />
    </div>
  );
}

function Asked({ help, onTakeBack, onClose }) {
  return (
    <>
      <p role="status">{help.message}</p>
      {help.emergency && <Numbers emergency={help.emergency} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onTakeBack}>{t("common.takeItBack")}</Button>
        <Button look="line" data-first onClick={onClose}>
          {t("common.backToTheConversation")}
        </Button>
      </div>
    </>
  );
}

/** Asking tells people, so it is never done by one press alone. */
export function PersonDialog({ id, help, onClose }) {
  const { askForPerson, takeBackHelp } = useConversationChanges();
  const { error } = askForPerson.isError ? askForPerson : takeBackHelp;
  const refusal = error && toApiError(error);
  return (
    <Modal
      title={help ? t("personDialog.youAskedForAPerson") : t("common.askForAPerson")}
      onClose={onClose}
    >
      <FormError>{refusal?.message}</FormError>
      {help ? (
        <Asked
          help={help}
          onClose={onClose}
          onTakeBack={() => takeBackHelp.mutate(id, { onSuccess: onClose })}
        />
      ) : (
        <>
          {refusal?.emergency && <Numbers emergency={refusal.emergency} />}
          <p>{t("personDialog.staffOfThisVedaAre")}</p>
          <p>
            <RichText
              id="personDialog.ifSomebodyIsInDanger"
              number={<a href="/emergency" target="_blank" rel="noreferrer" />}
              aside={<span className="sr-only" />}
            />
          </p>
          <div className="mt-1 flex flex-wrap justify-end gap-2">
            <Button onClick={onClose}>{t("personDialog.notNow")}</Button>
            <Button
              look="main"
              data-first
              busy={askForPerson.isPending}
              onClick={() => askForPerson.mutate(id)}
            >
              {t("common.askForAPerson")}
            </Button>
          </div>
        </>
      )}
    </Modal>
  );
}
