import { useConversationChanges } from "../../hooks/useConversations";
import { toApiError } from "../../services/apiError";
import { Button } from "../Common/Button";
import { FormError } from "../Common/FormError";
import { Modal } from "../Common/Modal";
import { HelpNumbers } from "./HelpNumbers";

function Numbers({ emergency }) {
  return (
    <div className="grid gap-2.5" role="group" aria-label="Numbers to call">
      <h3>If it can’t wait</h3>
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
        <Button onClick={onTakeBack}>Take it back</Button>
        <Button look="line" data-first onClick={onClose}>
          Back to the conversation
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
    <Modal title={help ? "You asked for a person" : "Ask for a person"} onClose={onClose}>
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
          <p>
            Staff of this Veda are told that you would like a person, and may then read this
            conversation and write to you here. You will see when somebody joins and when they
            leave. Once you have asked, Veda says when messages are read.
          </p>
          <p>
            If somebody is in danger, don’t wait for it: call your{" "}
            <a href="/emergency" target="_blank" rel="noreferrer">
              emergency number
              <span className="sr-only"> (opens a new tab)</span>
            </a>
            .
          </p>
          <div className="mt-1 flex flex-wrap justify-end gap-2">
            <Button onClick={onClose}>Not now</Button>
            <Button
              look="main"
              data-first
              busy={askForPerson.isPending}
              onClick={() => askForPerson.mutate(id)}
            >
              Ask for a person
            </Button>
          </div>
        </>
      )}
    </Modal>
  );
}
