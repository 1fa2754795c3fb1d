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

const WAYS = { password: "with the password", google: "with Google" };

function Device({ device, busy, onEnd }) {
  const { browser, method, second_factor: code, current } = device;
  const name = browser || "Unknown browser";
  return (
    <li className="grid gap-1 border-t border-line py-3 first:border-t-0 first:pt-0">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <strong>{name}</strong>
        {current && (
          <span className="inline-flex items-center gap-1 text-ui">
            <Icon name="check" className="icon-small text-link" />
            this device
          </span>
        )}
      </p>
      <p className="meta">
        Signed in {WAYS[method] ?? ""}
        {code && " and a code"} since {formatDateAndTime(device.first_seen)}. Last seen{" "}
        {formatDateAndTime(device.last_seen)}.
      </p>
      <div>
        <Button
          className="-ml-4"
          busy={busy}
          aria-label={current ? "Sign out this device" : `Sign out ${name}`}
          onClick={onEnd}
        >
          <Icon name="log-out" />
          Sign out
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
    <Modal title="Sign out all devices?" onClose={onClose}>
      <FormError>{failure}</FormError>
      <p>This one too: you then sign in again here.</p>
      <div className="mt-1 flex flex-wrap justify-end gap-2">
        <Button look="line" data-first onClick={onClose}>
          Cancel
        </Button>
        <Button look="main" busy={busy} onClick={confirm}>
          Sign out all devices
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
    const told = `${browser || "The device"} is signed out.`;
    return end.mutate(id, { onSuccess: () => tell(told) });
  }

  return (
    <Section title="Devices">
      <p className="text-ui">
        Where your account is signed in. Sign out what you don’t know, and change your password.
      </p>
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
          Sign out all devices
        </Button>
      )}
      {asking && <EverywhereDialog onClose={() => setAsking(false)} />}
    </Section>
  );
}
