import { useState } from "react";

import { toApiError } from "../services/apiError";

const CLEAN = { fields: {}, message: null };

/** What a form shares: its values, what the server found wrong, and that it is being sent. */
export function useForm(initial, submit) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState(CLEAN);
  const [busy, setBusy] = useState(false);

  const input = (name) => ({
    name,
    value: values[name],
    errors: errors.fields[name],
    onChange: ({ target }) => setValues({ ...values, [name]: target.value }),
  });

  const check = (name) => ({
    name,
    checked: values[name],
    errors: errors.fields[name],
    onChange: ({ target }) => setValues({ ...values, [name]: target.checked }),
  });

  async function onSubmit(event) {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    setBusy(true);
    setErrors(CLEAN);
    try {
      await submit(values);
    } catch (error) {
      const { fields, message } = toApiError(error);
      const known = Object.keys(fields).some((name) => name in values);
      setErrors({ fields, message: known ? null : message });
      requestAnimationFrame(() => form.querySelector("[aria-invalid=true]")?.focus());
    } finally {
      setBusy(false);
    }
  }

  return { input, check, busy, message: errors.message, onSubmit };
}
