import { useState } from "react";
import { Link } from "react-router";

import { Button } from "../components/Common/Button";
import { PasswordField } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { DoorSheet } from "../components/Layout/Door";
import { useAuth } from "../hooks/useAuth";
import { filled, useForm } from "../hooks/useForm";
import { useFragment } from "../hooks/useFragment";
import { usePageTitle } from "../hooks/usePageTitle";
import { isCode } from "../services/apiError";

const CHECKS = { password: filled("Choose a password of at least 12 characters.") };

function NewPassword({ token, onEnd }) {
  const { resetPassword } = useAuth();

  async function save({ password }) {
    try {
      await resetPassword(token, password);
      onEnd("done");
    } catch (error) {
      if (!isCode(error, "link_invalid")) throw error;
      onEnd("invalid");
    }
  }

  const { input, busy, message, onSubmit } = useForm({ password: "" }, save, CHECKS);
  return (
    <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
      <FormError>{message}</FormError>
      <PasswordField
        label="New password"
        help="At least 12 characters. All your devices are signed out."
        autoComplete="new-password"
        required
        autoFocus
        {...input("password")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? "Saving…" : "Save the new password"}
      </Button>
    </form>
  );
}

const ENDS = {
  done: {
    title: "Your new password is saved",
    words: "All your devices are signed out. Sign in with the new password.",
    to: "/login",
    action: "Sign in",
  },
  invalid: {
    title: "This link doesn’t work any more",
    words: "It was used before, its hour is over, or a part of it is missing.",
    to: "/forgot-password",
    action: "Send a new link",
  },
};

function Reset({ token }) {
  const [end, setEnd] = useState(token ? null : "invalid");
  if (!end) {
    return (
      <DoorSheet title="Choose a new password">
        <NewPassword token={token} onEnd={setEnd} />
      </DoorSheet>
    );
  }
  const { title, words, to, action } = ENDS[end];
  return (
    <DoorSheet key={end} title={title}>
      <p className="text-ui">{words}</p>
      <Link className="btn btn-main" to={to}>
        {action}
      </Link>
    </DoorSheet>
  );
}

/** Where the link in the mail leads; the token stands behind `#`. */
export default function ResetPassword() {
  usePageTitle("New password");
  const token = useFragment();
  return <Reset key={token} token={token} />;
}
