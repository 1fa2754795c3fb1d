import { useContext, useId, useState } from "react";

import { Icon } from "../Common/Icon";
import { UnsupportedContext } from "./UnsupportedContext";

const NOT_FOUND = "Not found in the sources";
const MISSING = {
  number: "The sources don’t have this number here.",
  medicine: "The sources don’t say this of this medicine.",
  people: "The sources don’t say this of these people.",
  negation: "The sources seem to say the opposite.",
  words: "The sources below don’t say this.",
};
const ORDER = Object.keys(MISSING);

/** A sentence that the sources don't have; a press on its mark says so in words. */
export function Unsupported({ place, children }) {
  const missing = useContext(UnsupportedContext)[place]?.missing ?? [];
  const [open, setOpen] = useState(false);
  const id = useId();
  const what = ORDER.find((kind) => missing.includes(kind)) ?? "words";
  return (
    <>
      <span className="unsupported">{children}</span>
      <button
        type="button"
        className="unsupported-mark"
        aria-label={NOT_FOUND}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name="circle-question" className="icon-small" />
      </button>
      {open && (
        <span id={id} className="unsupported-note">
          {NOT_FOUND}. {MISSING[what]} Please check it with a pharmacist, nurse or doctor.{" "}
        </span>
      )}
    </>
  );
}
