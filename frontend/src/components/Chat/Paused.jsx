import { Link } from "react-router";

import { useAuth } from "../../hooks/useAuth";
import { Button } from "../Common/Button";
import { Icon } from "../Common/Icon";

/** In the composer's place: why one can't write, and what one can do. */
export function Paused({ onAskForPerson }) {
  const { refreshUser } = useAuth();
  return (
    <section className="quiet quiet-tall" aria-label="Writing is paused">
      <Icon name="info" />
      <div className="grid gap-1">
        <p>
          <strong>Writing is paused for your account.</strong> Staff of Veda have stopped new
          messages for now. You can read your conversations, and{" "}
          <Link to="/account">download or delete what belongs to you</Link>. If somebody is in
          danger, don’t wait: call one of the{" "}
          <a href="/emergency" target="_blank" rel="noreferrer">
            emergency numbers
            <span className="sr-only"> (opens a new tab)</span>
          </a>
          .
        </p>
        <div className="-ml-4 flex flex-wrap">
          {onAskForPerson && <Button onClick={onAskForPerson}>Ask for a person</Button>}
          <Button onClick={() => refreshUser().catch(() => {})}>See whether it is over</Button>
        </div>
      </div>
    </section>
  );
}
