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
import { t } from "../../utils/i18n";

function SendAgain({ email }) {
  const [note, tell] = useNote();
  const { busy, message, onSubmit } = useForm({}, async () => {
    tell(null);
    await askForConfirmation();
    tell(t("email.aLinkIsOnIts", { email }));
  });
  return (
    <form className="grid justify-items-start gap-4.5" onSubmit={onSubmit}>
      <FormError>{message}</FormError>
      <Button look="line" type="submit" busy={busy}>
        {busy ? t("common.sending") : t("email.sendTheLinkAgain")}
      </Button>
      <Notice look="done">{note}</Notice>
    </form>
  );
}

export function Email() {
  const { user } = useAuth();
  const { mail } = useConfig();
  return (
    <Section title={t("common.eMail")}>
      <p>{user.email}</p>
      {user.email_confirmed ? (
        <p className="flex items-center gap-2 text-ui">
          <Icon name="check" className="text-link" />
          {t("email.thisAddressIsConfirmed")}
        </p>
      ) : (
        <>
          <p className="text-ui">
            {t("email.thisAddressIsntConfirmedYet")}{" "}
            {mail ? t("email.openTheLinkInThe") : t("email.vedaCantSendMailHere")}
          </p>
          {mail && <SendAgain email={user.email} />}
        </>
      )}
    </Section>
  );
}
