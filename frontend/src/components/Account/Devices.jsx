import { useState } from "react";

import { useDevices } from "../../hooks/useAccount";
import { useAuth } from "../../hooks/useAuth";
import { useNote } from "../../hooks/useNote";
import { toApiError } from "../../services/apiError";
import { formatDateAndTime } from "../../utils/formatDate";
import { Button } from "../Common/Button";
import { FormError } from "../Common/FormError";
import { Icon } from "../Common/Icon";
import { Modal } from "../Common/Modal";
import { Notice } from "../Common/Notice";
import { OnceKnown } from "../Common/OnceKnown";
import { Section } from "./Section";
import { t } from "../../utils/i18n";

function Device({ device, busy, onEnd }) {
  const { browser, method, second_factor: code, current } = device;
  const name = browser || t("devices.unknownBrowser");
  return (
    <li className="grid gap-1 border-t border-line py-3 first:border-t-0 first:pt-0">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <strong>{name}</strong>
        {current && (
          <span className="inline-flex items-center gap-1 text-ui">
            <Icon name="check" className="icon-small text-link" />
            {t("devices.thisDevice")}
          </span>
        )}
      </p>
      <p className="meta">
        {t("devices.signedInSince", {
          method,
          code: String(Boolean(code)),
          since: formatDateAndTime(device.first_seen),
          seen: formatDateAndTime(device.last_seen),
        })}
      </p>
      <div>
        <Button
          className="-ms-4"
          busy={busy}
          aria-label={current ? t("devices.signOutThisDevice") : t("devices.signOutName", { name })}
          onClick={onEnd}
        >
          <Icon name="log-out" />
          {t("common.signOut")}
        </Button>
      </div>
    </li>
  );
}

function EverywhereDialog({ onClose }) {
  const { signOutEverywhere } = useAuth();
  const [failure, setFailure] = useState(null);
  const [busy, setBusy] = useState(false);

  async function confirm() {
    setBusy(true);
    try {
      await signOutEverywhere();
    } catch (error) {
      setFailure(toApiError(error).message);
      setBusy(false);
    }
  }

  return (
    <Modal title={t("devices.signOutAllDevices")} onClose={onClose}>
      <FormError>{failure}</FormError>
      <p>{t("devices.thisOneTooYouThen")}</p>
      <div className="dialog-foot">
        <Button look="line" data-first onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button look="main" busy={busy} onClick={confirm}>
          {t("devices.signOutAllDevices2")}
        </Button>
      </div>
    </Modal>
  );
}

/** Where the account is signed in. */
export function Devices() {
  const { query, end } = useDevices();
  const { signOut } = useAuth();
  const [note, tell] = useNote();
  const [asking, setAsking] = useState(false);

  function endDevice({ id, browser, current }) {
    if (current) return signOut();
    const told = t("devices.isSignedOut", { name: browser || t("devices.theDevice") });
    return end.mutate(id, { onSuccess: () => tell(told) });
  }

  return (
    <Section title={t("devices.devices")}>
      <p className="text-ui">{t("devices.whereYourAccountIsSigned")}</p>
      <OnceKnown query={query}>
        {(devices) => (
          <ul>
            {devices.map((device) => (
              <Device
                key={device.id}
                device={device}
                busy={end.isPending && end.variables === device.id}
                onEnd={() => endDevice(device)}
              />
            ))}
          </ul>
        )}
      </OnceKnown>
      <FormError>{end.isError && toApiError(end.error).message}</FormError>
      <Notice look="done">{note}</Notice>
      {query.data?.length > 1 && (
        <Button look="line" className="justify-self-start" onClick={() => setAsking(true)}>
          {t("devices.signOutAllDevices2")}
        </Button>
      )}
      {asking && <EverywhereDialog onClose={() => setAsking(false)} />}
    </Section>
  );
}
