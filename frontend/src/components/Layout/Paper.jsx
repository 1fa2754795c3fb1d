import { Link } from "react-router";

import { useConfigQuery } from "../../hooks/useConfig";
import { usePageTitle } from "../../hooks/usePageTitle";
import { OnceKnown } from "../Common/OnceKnown";
import english from "../../messages/en-papers.json";
import { learn } from "../../utils/i18n";
import { RichText } from "../Common/RichText";
import { ToNumbers } from "../Common/ToNumbers";
import { DoorSheet } from "./Door";

learn(english); // here, so that the first visit doesn't carry them

/** A page to read, for whoever comes, signed in or not: `children(config)`, since what holds here is the server's to say. */
export function Paper({ title, children }) {
  usePageTitle(title);
  return (
    <DoorSheet title={title}>
      <OnceKnown query={useConfigQuery()}>{children}</OnceKnown>
    </DoorSheet>
  );
}

const LINKS = { numbers: <ToNumbers />, account: <Link to="/account" /> };

/** A heading, and below it the messages whose ids are `words`. */
export function Part({ title, words = [], values, children }) {
  return (
    <section className="grid gap-2">
      <h2 className="text-h3">{title}</h2>
      {words.filter(Boolean).map((id) => (
        <p key={id}>
          <RichText id={id} values={values} {...LINKS} />
        </p>
      ))}
      {children}
    </section>
  );
}
