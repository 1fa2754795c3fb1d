import { Button } from "../components/Common/Button";
import { FormError } from "../components/Common/FormError";
import { MailedLink } from "../components/Layout/MailedLink";
import { useAuth } from "../hooks/useAuth";
import { useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";

/** Asked for by a press: programs that look through mail open links too, and must not confirm anything. */
function Ask({ ending }) {
  const { confirmEmail } = useAuth();
  const { busy, message, onSubmit } = useForm(
    {},
    ending((token) => confirmEmail(token)),
  );
  return (
    <form className="grid gap-4.5" onSubmit={onSubmit}>
      <p className="text-ui">
        If you have created an account with Veda, confirm that this address is yours. If you
        haven’t, close this page: somebody may have mistyped their own.
      </p>
      <FormError>{message}</FormError>
      <Button look="main" type="submit" busy={busy} autoFocus>
        Yes, it is mine
      </Button>
    </form>
  );
}

const ENDS = {
  done: {
    title: "Your e-mail address is confirmed",
    words: "You need do nothing else.",
    to: "/chat",
    action: "Go on to Veda",
  },
  invalid: {
    title: "This link doesn’t work any more",
    words:
      "Its time is over, the address has changed, or a part of it is missing. Sign in, and have a new one sent from your account.",
    to: "/account",
    action: "Go to your account",
  },
};

export default function ConfirmEmail() {
  usePageTitle("Confirm your e-mail address");
  return <MailedLink title="Confirm your e-mail address" ends={ENDS} Form={Ask} />;
}
