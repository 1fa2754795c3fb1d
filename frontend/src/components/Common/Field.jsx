import { useId, useState } from "react";

import { withApostrophes } from "../../utils/apostrophes";
import { Button } from "./Button";
import { Icon } from "./Icon";
import { t } from "../../utils/i18n";

function FieldError({ id, children }) {
  return (
    <p className="error" id={id}>
      <Icon name="circle-alert" className="mt-px" />
      <span>{children}</span>
    </p>
  );
}

function describedBy(id, errors, help) {
  if (errors.length) return `${id}-error`;
  return help ? `${id}-help` : undefined;
}

/** Label above, help and what is wrong below. `children(props)` makes the input. */
function Labelled({ label, help, errors = [], children }) {
  const id = useId();
  const described = describedBy(id, errors, help);
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="text-ui font-[620]">
        {label}
      </label>
      {children({ id, "aria-describedby": described, "aria-invalid": errors.length > 0 })}
      {errors.length > 0 && (
        <FieldError id={`${id}-error`}>{withApostrophes(errors.join(" "))}</FieldError>
      )}
      {help && errors.length === 0 && (
        <p className="meta" id={`${id}-help`}>
          {help}
        </p>
      )}
    </div>
  );
}

export function Field({ label, help, errors, ...input }) {
  return (
    <Labelled label={label} help={help} errors={errors}>
      {(props) => <input className="input" {...props} {...input} />}
    </Labelled>
  );
}

export function PasswordField({ label, help, errors, ...input }) {
  const [shown, setShown] = useState(false);
  return (
    <Labelled label={label} help={help} errors={errors}>
      {(props) => (
        <div className="relative">
          <input className="input pe-24" type={shown ? "text" : "password"} {...props} {...input} />
          <Button
            className="absolute top-0.5 end-0.5"
            aria-pressed={shown}
            aria-label={t("field.showThePassword")}
            onClick={() => setShown(!shown)}
          >
            {t("field.show")}
          </Button>
        </div>
      )}
    </Labelled>
  );
}

/** For text of several lines. */
export function AreaField({ label, help, errors, ...area }) {
  return (
    <Labelled label={label} help={help} errors={errors}>
      {(props) => <textarea className="input" rows={2} dir="auto" {...props} {...area} />}
    </Labelled>
  );
}

/** options: [{code, name}]; `blank` stands for none of them. */
export function SelectField({ label, help, errors, blank, options, ...select }) {
  return (
    <Labelled label={label} help={help} errors={errors}>
      {(props) => (
        <div className="relative">
          <select className="input appearance-none truncate pe-11" {...props} {...select}>
            <option value="">{blank}</option>
            {options.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
          <Icon
            name="chevron-down"
            className="pointer-events-none absolute top-3.5 end-3.5 text-ink-soft"
          />
        </div>
      )}
    </Labelled>
  );
}

/** A consent: unticked, and says what happens without it. */
export function CheckField({ help, errors = [], children, ...input }) {
  const id = useId();
  return (
    <div className="grid gap-1.5">
      <label className="grid min-h-11 cursor-pointer grid-cols-[1.5rem_1fr] gap-3 py-2.5 text-ui">
        <input
          type="checkbox"
          className="check-box"
          aria-describedby={describedBy(id, errors)}
          aria-invalid={errors.length > 0}
          {...input}
        />
        <span>
          {children}
          {help && <span className="meta mt-0.5 block">{help}</span>}
        </span>
      </label>
      {errors.length > 0 && <FieldError id={`${id}-error`}>{errors.join(" ")}</FieldError>}
    </div>
  );
}
