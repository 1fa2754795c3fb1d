import { Button } from "../components/Common/Button";
import { ConsentField } from "../components/Common/ConsentField";
import { FormError } from "../components/Common/FormError";
import { Door } from "../components/Layout/Door";
import { useAuth } from "../hooks/useAuth";
import { useConfig } from "../hooks/useConfig";
import { useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";

/** Between signing in and the chat, for those who haven't agreed to the present terms. */
export default function Consent() {
  usePageTitle("Before you ask");
  const { user, agree, signOut } = useAuth();
  const { terms_version: version } = useConfig();
  const { check, busy, message, onSubmit } = useForm({ consent: false }, () => agree(version));
  const agreed = check("consent").checked;

  return (
    <Door>
      <form
        className="sheet mx-auto grid max-w-[36rem] gap-4.5 p-[clamp(1.25rem,4vw,2rem)]"
        onSubmit={onSubmit}
      >
        <h1 className="text-h2">Before you ask, {user.name}</h1>
        <p className="text-ui">
          {user.consent_version
            ? "The terms of use have changed since you agreed to them."
            : "You haven’t agreed to the terms of use yet."}
        </p>
        <FormError>{message}</FormError>
        <ConsentField version={version} {...check("consent")} />
        <div className="flex flex-wrap items-center justify-between gap-2">
          {agreed ? (
            <Button look="main" type="submit" busy={busy}>
              Go on to Veda
            </Button>
          ) : (
            <p className="meta">Tick the box to go on.</p>
          )}
          <Button onClick={signOut}>Sign out</Button>
        </div>
      </form>
    </Door>
  );
}
