import { useState } from "react";
import { Link } from "react-router";

import { useFragment } from "../../hooks/useFragment";
import { isCode } from "../../services/apiError";
import { t } from "../../utils/i18n";
import { DoorSheet } from "./Door";

function Opened({ token, title, ends, Form }) {
  const [end, setEnd] = useState(token ? null : "invalid");

  /** Gives what `useForm` calls: how `redeem` ends is how the link ends. */
  const ending =
    (redeem) =>
    async (...fields) => {
      try {
        await redeem(token, ...fields);
        setEnd("done");
      } catch (error) {
        if (!isCode(error, "link_invalid")) throw error;
        setEnd("invalid");
      }
    };

  if (!end) {
    return (
      <DoorSheet title={title}>
        <Form ending={ending} />
      </DoorSheet>
    );
  }
  const { title: endTitle, words, to, action } = ends[end];
  return (
    <DoorSheet key={end} title={t(endTitle)}>
      <p className="text-ui">{t(words)}</p>
      <Link className="btn btn-main" to={to}>
        {t(action)}
      </Link>
    </DoorSheet>
  );
}

/** Where a link in a mail leads; its token stands behind `#`. `ends`: what is said when it is done, or invalid. */
export function MailedLink(props) {
  const token = useFragment();
  return <Opened key={token} token={token} {...props} />;
}
