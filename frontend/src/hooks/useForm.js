import { useEffect, useRef, useState } from "react";

import { toApiError } from "../services/apiError";
import { countCodePoints } from "../utils/codePoints";
import { t } from "../utils/i18n";

/** fresh: just found, so that the focus goes there. */
const CLEAN = { fields: {}, message: null, fresh: false };

/** {field: [what is wrong]}; `checks`: {field: (value) => what is wrong, or nothing}. */
function findWrong(checks, values) {
  const told = Object.entries(checks).map(([name, check]) => [name, check(values[name])]);
  return Object.fromEntries(
    told.filter(([, wrong]) => wrong).map(([name, wrong]) => [name, [wrong]]),
  );
}

/** `id`: the message that says what is missing. */
export const filled = (id) => (value) => (value.trim() ? null : t(id));

const ADDRESS = /^[^\s@]+@[^\s@]+$/;
export const isAddress = (value) =>
  ADDRESS.test(value.trim()) ? null : t("form.writeYourEMailAddress");

/** The server looks further: at common passwords, and such that are like the name. */
const PASSWORD_LENGTH = 12;
export const isNewPassword = (value) =>
  countCodePoints(value) >= PASSWORD_LENGTH
    ? null
    : t("form.chooseAPasswordOfAt", { least: PASSWORD_LENGTH });

export const ticked = (id) => (value) => (value ? null : t(id));

/**
 * What a form shares: its values, what it or the server found wrong, and that it is being sent. `places`: {code of an
 * error: the field where it belongs}. `submit(values, clear)` may empty the form again.
 */
export function useForm(initial, submit, checks = {}, places = {}) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState(CLEAN);
  const [busy, setBusy] = useState(false);
  const form = useRef(null);

  useEffect(() => {
    if (errors.fresh) form.current.querySelector("[aria-invalid=true], [role=alert]")?.focus();
  }, [errors]);

  function change(name, value) {
    setValues({ ...values, [name]: value });
    if (errors.fields[name])
      setErrors({ ...errors, fields: { ...errors.fields, [name]: undefined }, fresh: false });
  }

  const input = (name) => ({
    name,
    value: values[name],
    errors: errors.fields[name],
    onChange: ({ target }) => change(name, target.value),
  });

  const check = (name) => ({
    name,
    checked: Boolean(values[name]),
    errors: errors.fields[name],
    onChange: ({ target }) => change(name, target.checked),
  });

  const clear = () => setValues(initial);

  async function onSubmit(event) {
    event.preventDefault();
    if (busy) return;
    form.current = event.currentTarget;
    const wrong = findWrong(checks, values);
    const fresh = Object.keys(wrong).length > 0;
    setErrors({ ...CLEAN, fields: wrong, fresh });
    if (fresh) return;
    setBusy(true);
    try {
      await submit(values, clear);
    } catch (error) {
      const { code, fields: told, message } = toApiError(error);
      const fields = code in places ? { [places[code]]: [message] } : told;
      const known = Object.keys(fields).some((name) => name in values);
      setErrors({ fields, message: known ? null : message, fresh: true });
    } finally {
      setBusy(false);
    }
  }

  return { input, check, busy, message: errors.message, onSubmit };
}
