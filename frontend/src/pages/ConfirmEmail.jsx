import { useState } from "react";
import { Link } from "react-router";

import { Button } from "../components/Common/Button";
import { FormError } from "../components/Common/FormError";
import { DoorSheet } from "../components/Layout/Door";
import { useAuth } from "../hooks/useAuth";
import { useForm } from "../hooks/useForm";
import { useFragment } from "../hooks/useFragment";
import { usePageTitle } from "../hooks/usePageTitle";
import { isCode } from "../services/apiError";

/** Asked for by a press: programs that look through mail open links too, and must not confirm anything. */
function Ask({ token, onEnd }) {
  const { confirmEmail } = useAuth();

  async function confirm() {
    try {
      await confirmEmail(token);
      onEnd("done");
    } catch (error) {
      if (!isCode(error, "link_invalid")) throw error;
      onEnd("invalid");
    }
  }

  const { busy, message, onSubmit } = useForm({}, confirm);
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

function Confirm({ token }) {
  const [end, setEnd] = useState(token ? null : "invalid");
  if (!end) {
    return (
      <DoorSheet title="Confirm your e-mail address">
        <Ask token={token} onEnd={setEnd} />
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
export default function ConfirmEmail() {
  usePageTitle("Confirm your e-mail address");
  const token = useFragment();
  return <Confirm key={token} token={token} />;
}
