import { useAuth } from "../../hooks/useAuth";
import { filled, useForm } from "../../hooks/useForm";
import { Button } from "../Common/Button";
import { PasswordField } from "../Common/Field";
import { FormError } from "../Common/FormError";
import { Modal } from "../Common/Modal";
import { RichText } from "../Common/RichText";
import { t } from "../../utils/i18n";

const CHECKS = { password: filled("common.writeYourPassword") };
const PLACES = { wrong_password: "password" };

/**
 * Asks for the password again before `onConfirm(password)`. Without one, the sign-in itself has to be fresh. The field
 * stands above what there is to know, so that it is in sight on the smallest screen, and both above the buttons. `look`: of
 * the button that does it.
 */
export function PasswordDialog({
  title,
  action,
  doing,
  look = "main",
  onConfirm,
  onClose,
  children,
}) {
  const { user, signOut } = useAuth();
  const { input, busy, message, onSubmit } = useForm(
    { password: "" },
    ({ password }) => onConfirm(password),
    user.has_password ? CHECKS : {},
    PLACES,
  );
  const close = () => !busy && onClose();

  return (
    <Modal title={title} onClose={close}>
      <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
        <FormError>{message}</FormError>
        {user.has_password ? (
          <PasswordField
            label={t("passwordDialog.yourPassword")}
            autoComplete="current-password"
            required
            {...input("password")}
          />
        ) : (
          <p className="text-ui">
            <RichText
              id="passwordDialog.yourAccountHasNoPassword"
              button={<Button className="-mx-4 -my-2.5 underline" onClick={signOut} />}
            />
          </p>
        )}
        {children}
        <div className="dialog-foot">
          <Button look="line" onClick={close}>
            {t("common.cancel")}
          </Button>
          <Button look={look} type="submit" busy={busy}>
            {busy ? doing : action}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
