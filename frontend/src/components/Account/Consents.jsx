import { useState } from "react";

import { useConsents } from "../../hooks/useAccount";
import { useAuth } from "../../hooks/useAuth";
import { useNote } from "../../hooks/useNote";
import { toApiError } from "../../services/apiError";
import { formatDate } from "../../utils/formatDate";
import { Button } from "../Common/Button";
import { Recipients, wordsOf } from "../Common/ConsentFields";
import { FormError } from "../Common/FormError";
import { Modal } from "../Common/Modal";
import { OnceKnown } from "../Common/OnceKnown";
import { Notice } from "../Common/Notice";
import { Operator, Papers } from "../Common/Operator";
import { Section } from "./Section";
import { t } from "../../utils/i18n";

const HEALTH_DATA = "health_data";

/** When it was last taken back, if ever. */
const takenBackAt = (purpose, history) =>
  history
    .filter((row) => row.purpose === purpose && row.withdrawn_at)
    .map((row) => row.withdrawn_at)
    .sort()
    .at(-1);

function stateOf({ purpose, given, given_at: at, given_version: version }, history) {
  if (given) return t("consents.youAgreedOnAt", { at: formatDate(at) });
  if (version) return t("consents.youAgreedToAnEarlier", { at: formatDate(at) });
  const takenBack = takenBackAt(purpose, history);
  return takenBack
    ? t("consents.youTookThisBackOn", { takenBack: formatDate(takenBack) })
    : t("consents.youHaventAgreed");
}

function Purpose({ purpose, history, busy, onGive, onTakeBack }) {
  const [words, help] = wordsOf(purpose);
  return (
    <li className="grid gap-1 border-t border-line py-3 first:border-t-0 first:pt-0">
      <p className="text-ui">{words}</p>
      {help && <p className="meta">{help}</p>}
      <p className="meta font-[620]">
        {stateOf(purpose, history)}{" "}
        {purpose.required ? t("consents.neededToAskQuestions") : t("consents.yourChoice")}
      </p>
      <div>
        <Button
          className="-ms-4"
          busy={busy}
          aria-label={t(purpose.given ? "consents.takeBackLabel" : "consents.agreeLabel", {
            label: purpose.label,
          })}
          onClick={purpose.given ? onTakeBack : onGive}
        >
          {purpose.given ? t("consents.takeBack") : t("consents.agree")}
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
        <p>{t("consents.vedaThenAnswersNoMore")}</p>
        <p>{t("consents.youCanStillDownloadYour")}</p>
      </>
    );
  }
  return (
    <>
      <p>{t("consents.vedaThenAnswersNothingMore")}</p>
      <p>{t("consents.ifYouWantItGone")}</p>
    </>
  );
}

function TakeBackDialog({ purpose, busy, onConfirm, onClose }) {
  return (
    <Modal title={t("consents.takeBackAnAgreementThat")} onClose={onClose}>
      <WhatFollows purpose={purpose} />
      <div className="dialog-foot">
        <Button look="line" data-first onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button look="main" busy={busy} onClick={onConfirm}>
          {t("consents.takeItBack")}
        </Button>
      </div>
    </Modal>
  );
}

/** Each agreement on its own: given, taken back, and what follows. */
export function Consents() {
  const { agree, withdraw } = useAuth();
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
    change(
      purpose,
      () => agree({ version, purposes: [purpose] }),
      t("consents.youHaveAgreedLabel", { label }),
    );
  const takeBack = ({ purpose, label }) =>
    change(purpose, () => withdraw(purpose), t("consents.youHaveTakenBackYour", { label }));

  return (
    <Section title={t("consents.whatYouAgreedTo")}>
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
            <div className="meta">
              <Operator />
              <Papers />
            </div>
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
