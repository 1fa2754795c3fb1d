import { useState } from "react";
import { Link, useLocation } from "react-router";

import { Button } from "../components/Common/Button";
import { Field } from "../components/Common/Field";
import { FormError } from "../components/Common/FormError";
import { DoorSheet } from "../components/Layout/Door";
import { isAddress, useForm } from "../hooks/useForm";
import { usePageTitle } from "../hooks/usePageTitle";
import { askForReset } from "../services/authService";

const CHECKS = { email: isAddress };

function AskForm({ onSent }) {
  const { input, busy, message, onSubmit } = useForm(
    { email: "" },
    async ({ email }) => {
      await askForReset(email.trim());
      onSent(email.trim());
    },
    CHECKS,
  );
  return (
    <form className="grid gap-4.5" onSubmit={onSubmit} noValidate>
      <p className="text-ui">
        Write the e-mail address of your account. Veda sends you a link with which you choose a new
        password.
      </p>
      <FormError>{message}</FormError>
      <Field
        label="E-mail"
        type="email"
        autoComplete="username"
        required
        autoFocus
        {...input("email")}
      />
      <Button look="main" type="submit" busy={busy}>
        {busy ? "Sending…" : "Send the link"}
      </Button>
    </form>
  );
}

/** The same words whether or not there is such an account. */
function Sent({ email, onAgain }) {
  return (
    <div className="grid gap-4.5 text-ui">
      <p>
        If there is an account with <strong>{email}</strong>, a link is on its way there. It is good
        for one hour and can be used once.
      </p>
      <p>
        Nothing there after a few minutes? Look among the unwanted mail, and check the address for a
        slip.
      </p>
      <Button look="line" onClick={onAgain}>
        Send it again
      </Button>
    </div>
  );
}

export default function ForgotPassword() {
  usePageTitle("Forgot your password?");
  const { state } = useLocation();
  const [sentTo, setSentTo] = useState(null);
  return (
    <DoorSheet key={sentTo} title={sentTo ? "Look into your mail" : "Forgot your password?"}>
      {sentTo ? (
        <Sent email={sentTo} onAgain={() => setSentTo(null)} />
      ) : (
        <AskForm onSent={setSentTo} />
      )}
      <Link className="tap" to="/login" state={state}>
        Back to signing in
      </Link>
    </DoorSheet>
  );
}
