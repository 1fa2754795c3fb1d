import { useAuth } from "../../hooks/useAuth";
import { useConfig } from "../../hooks/useConfig";
import { useForm } from "../../hooks/useForm";
import { useNote } from "../../hooks/useNote";
import { askForConfirmation } from "../../services/authService";
import { Button } from "../Common/Button";
import { FormError } from "../Common/FormError";
import { Icon } from "../Common/Icon";
import { Notice } from "../Common/Notice";
import { Section } from "./Section";

function SendAgain({ email }) {
  const [note, tell] = useNote();
  const { busy, message, onSubmit } = useForm({}, async () => {
    tell(null);
    await askForConfirmation();
    tell(`A link is on its way to ${email}. Open it to confirm the address.`);
  });
  return (
    <form className="grid justify-items-start gap-4.5" onSubmit={onSubmit}>
      <FormError>{message}</FormError>
      <Button look="line" type="submit" busy={busy}>
        {busy ? "Sending…" : "Send the link again"}
      </Button>
      <Notice look="done">{note}</Notice>
    </form>
  );
}

export function Email() {
  const { user } = useAuth();
  const { mail } = useConfig();
  return (
    <Section title="E-mail">
      <p>{user.email}</p>
      {user.email_confirmed ? (
        <p className="flex items-center gap-2 text-ui">
          <Icon name="check" className="text-link" />
          This address is confirmed.
        </p>
      ) : (
        <>
          <p className="text-ui">
            This address isn’t confirmed yet.{" "}
            {mail
              ? "Open the link in the mail that Veda has sent you."
              : "Veda can’t send mail here, so nobody can confirm theirs."}
          </p>
          {mail && <SendAgain email={user.email} />}
        </>
      )}
    </Section>
  );
}
