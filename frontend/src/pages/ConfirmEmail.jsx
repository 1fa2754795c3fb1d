import { Button } from "../components/Common/Button";
import { FormError } from "../components/Common/FormError";
import { MailedLink } from "../components/Layout/MailedLink";
import { useAuth } from "../hooks/useAuth";
import { useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";
import { t } from "../utils/i18n";

/** Asked for by a press: programs that look through mail open links too, and must not confirm anything. */
function Ask({ ending }) {
  const { confirmEmail } = useAuth();
  const { busy, message, onSubmit } = useForm(
    {},
    ending((token) => confirmEmail(token)),
  );
  return (
    <form className="grid gap-4.5" onSubmit={onSubmit}>
      <p className="text-ui">{t("confirmEmail.ifYouHaveCreatedAn")}</p>
      <FormError>{message}</FormError>
      <Button look="main" type="submit" busy={busy} autoFocus>
        {t("confirmEmail.yesItIsMine")}
      </Button>
    </form>
  );
}

const ENDS = {
  done: {
    title: "confirmEmail.yourEMailAddressIs",
    words: "confirmEmail.youNeedDoNothingElse",
    to: "/chat",
    action: "common.goOnToVeda",
  },
  invalid: {
    title: "common.thisLinkDoesntWorkAny",
    words: "confirmEmail.itsTimeIsOverThe",
    to: "/account",
    action: "confirmEmail.goToYourAccount",
  },
};

export default function ConfirmEmail() {
  usePageTitle(t("confirmEmail.confirmYourEMailAddress"));
  return <MailedLink title={t("confirmEmail.confirmYourEMailAddress")} ends={ENDS} Form={Ask} />;
}
