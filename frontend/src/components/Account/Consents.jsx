import { useState } from "react";

import { useConsents } from "../../hooks/useAccount";
import { useAuth } from "../../hooks/useAuth";
import { useConfig } from "../../hooks/useConfig";
import { useNote } from "../../hooks/useNote";
import { toApiError } from "../../services/apiError";
import { formatDate } from "../../utils/formatDate";
import { Button } from "../Common/Button";
import { Operator, Recipients, wordsOf } from "../Common/ConsentFields";
import { FormError } from "../Common/FormError";
import { Modal } from "../Common/Modal";
import { OnceKnown } from "../Common/OnceKnown";
import { Notice } from "../Common/Notice";
import { Section } from "./Section";

const HEALTH_DATA = "health_data";

/** When it was last taken back, if ever. */
const takenBackAt = (purpose, history) =>
  history
    .filter((row) => row.purpose === purpose && row.withdrawn_at)
    .map((row) => row.withdrawn_at)
    .sort()
    .at(-1);

function stateOf({ purpose, given, given_at: at, given_version: version }, history) {
  if (given) return `You agreed on ${formatDate(at)}.`;
  if (version) return `You agreed to an earlier version on ${formatDate(at)}.`;
  const takenBack = takenBackAt(purpose, history);
  return takenBack ? `You took this back on ${formatDate(takenBack)}.` : "You haven’t agreed.";
}

function Purpose({ purpose, history, busy, onGive, onTakeBack }) {
  const [words, help] = wordsOf(purpose);
  return (
    <li className="grid gap-1 border-t border-line py-3 first:border-t-0 first:pt-0">
      <p className="text-ui">{words}</p>
      {help && <p className="meta">{help}</p>}
      <p className="meta font-[620]">
        {stateOf(purpose, history)} {purpose.required ? "Needed to ask questions." : "Your choice."}
      </p>
      <div>
        <Button
          className="-ml-4"
          busy={busy}
          aria-label={`${purpose.given ? "Take back" : "Agree"}: ${purpose.label}`}
          onClick={purpose.given ? onTakeBack : onGive}
        >
          {purpose.given ? "Take back" : "Agree"}
        </Button>
      </div>
    </li>
  );
}

/** What is about one's health isn't kept for ever without the agreement to keep it. */
function WhatFollows({ purpose }) {
  if (purpose !== HEALTH_DATA) {
    return (
      <>
        <p>
          Veda then answers no more questions, and stops an answer that is on its way. What you have
          written stays stored, and closed to you, until you agree again.
        </p>
        <p>You can still download your data or delete your account, both on this page.</p>
      </>
    );
  }
  return (
    <>
      <p>
        Veda then answers nothing more, and stops an answer that is on its way. What you have
        written stays closed, and is erased after 30 days unless you agree again.
      </p>
      <p>
        If you want it gone at once, delete your conversations before you take this back, or delete
        your account now, on this page.
      </p>
    </>
  );
}

function TakeBackDialog({ purpose, busy, onConfirm, onClose }) {
  return (
    <Modal title="Take back an agreement that Veda needs?" onClose={onClose}>
      <WhatFollows purpose={purpose} />
      <div className="mt-1 flex flex-wrap justify-end gap-2">
        <Button look="line" data-first onClick={onClose}>
          Keep it
        </Button>
        <Button look="main" busy={busy} onClick={onConfirm}>
          Take it back
        </Button>
      </div>
    </Modal>
  );
}

/** Each agreement on its own: given, taken back, and what follows. */
export function Consents() {
  const { agree, withdraw } = useAuth();
  const { operator } = useConfig();
  const query = useConsents();
  const [note, tell] = useNote();
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(null);
  const [asking, setAsking] = useState(null);

  async function change(purpose, action, words) {
    tell(null);
    setFailure(null);
    setBusy(purpose);
    try {
      await action();
      tell(words);
    } catch (error) {
      setFailure(toApiError(error).message);
    } finally {
      setBusy(null);
      setAsking(null);
    }
  }

  const give = (version, { purpose, label }) =>
    change(purpose, () => agree({ version, purposes: [purpose] }), `You have agreed: ${label}.`);
  const takeBack = ({ purpose, label }) =>
    change(purpose, () => withdraw(purpose), `You have taken back your agreement: ${label}.`);

  return (
    <Section title="What you agreed to">
      <OnceKnown query={query}>
        {({ version, purposes, recipients, history }) => (
          <>
            <ul>
              {purposes.map((purpose) => (
                <Purpose
                  key={purpose.purpose}
                  purpose={purpose}
                  history={history}
                  busy={busy === purpose.purpose}
                  onGive={() => give(version, purpose)}
                  onTakeBack={() => (purpose.required ? setAsking(purpose) : takeBack(purpose))}
                />
              ))}
            </ul>
            <Recipients recipients={recipients} />
            <Operator operator={operator} />
          </>
        )}
      </OnceKnown>
      <FormError>{failure}</FormError>
      <Notice look="done">{note}</Notice>
      {asking && (
        <TakeBackDialog
          purpose={asking.purpose}
          busy={Boolean(busy)}
          onConfirm={() => takeBack(asking)}
          onClose={() => setAsking(null)}
        />
      )}
    </Section>
  );
}
