import { CheckField } from "./Field";

const AGAIN = "You can take it back at any time in your account.";

/** {purpose: [what one agrees to, what follows]}; the server's own label stands for a purpose that we don't know. */
const WORDS = {
  terms: [
    "I agree to the terms of use: Veda gives general health information and shows where it comes from. It does not diagnose, prescribe or replace a doctor.",
  ],
  health_data: [
    "I agree that Veda stores what I write, say and show about my health, and uses it to answer me.",
    `Without it Veda can’t answer. ${AGAIN}`,
  ],
  staff_reading: [
    "Staff of this service may read my conversations.",
    "Each time they have to give a reason, which you can see in your data. Without this they may still read a conversation in which Veda noted a serious danger. Nothing else changes for you.",
  ],
  improvement: [
    "My conversations may be used to make Veda’s answers better.",
    "For example to find questions that were answered badly. Nothing changes for you without it.",
  ],
};

export const wordsOf = ({ purpose, label }) => WORDS[purpose] ?? [label];

/** Who else gets some of it. */
export function Recipients({ recipients }) {
  if (!recipients.length)
    return <p className="meta">No other company receives anything that you write.</p>;
  return (
    <div className="meta">
      <p>Others receive some of your data:</p>
      <ul className="mt-1 list-disc pl-6">
        {recipients.map(({ name, receives }) => (
          <li key={name}>
            <strong>{name}</strong> receives {receives}
          </li>
        ))}
      </ul>
    </div>
  );
}

const NOBODY = { name: "", terms_url: "", privacy_url: "" };

/** Who runs this service, and their own papers, as far as they have told. */
export function Operator({ operator = NOBODY }) {
  const papers = [
    [operator.terms_url, "terms of use"],
    [operator.privacy_url, "privacy notice"],
  ].filter(([url]) => url);
  if (!operator.name && !papers.length) return null;
  return (
    <div className="meta">
      {operator.name && <p>Veda is run here by {operator.name}.</p>}
      {papers.length > 0 && (
        <p className="flex flex-wrap gap-x-4">
          {papers.map(([url, title]) => (
            <a key={title} className="tap" href={url} target="_blank" rel="noopener noreferrer">
              {title}
              <span className="sr-only"> (opens in a new tab)</span>
            </a>
          ))}
        </p>
      )}
    </div>
  );
}

function Group({ title, consents, check, children }) {
  if (!consents.length) return null;
  return (
    <fieldset className="mt-1 min-w-0 border-t border-line pt-4">
      <legend className="sr-only">{title}</legend>
      <p className="text-ui font-[620]" aria-hidden="true">
        {title}
      </p>
      {consents.map((consent) => {
        const [words, help] = wordsOf(consent);
        return (
          <CheckField key={consent.purpose} help={help} {...check(consent.purpose)}>
            {words}
          </CheckField>
        );
      })}
      {children}
    </fieldset>
  );
}

/** One box for each purpose, unticked; those that answers need apart from those of free choice. */
export function ConsentFields({ config, check }) {
  const { terms_version: version, consents, recipients, operator } = config;
  return (
    <>
      <Group
        title="Needed to ask questions"
        consents={consents.filter(({ required }) => required)}
        check={check}
      >
        <Recipients recipients={recipients} />
        <Operator operator={operator} />
        <p className="meta mt-1">
          This is version {version}. You will be asked again if it changes.
        </p>
      </Group>
      <Group
        title="Your choice"
        consents={consents.filter(({ required }) => !required)}
        check={check}
      />
      <p className="meta">
        Nobody watches all the time: in an emergency call one of the{" "}
        <a href="/emergency">emergency numbers</a>.
      </p>
    </>
  );
}
