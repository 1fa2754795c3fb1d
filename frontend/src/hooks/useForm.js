import { useState } from "react";

import { toApiError } from "../services/apiError";

const CLEAN = { fields: {}, message: null };

/** {field: [what is wrong]}; `checks`: {field: (value) => what is wrong, or nothing}. */
function findWrong(checks, values) {
  const told = Object.entries(checks).map(([name, check]) => [name, check(values[name])]);
  return Object.fromEntries(
    told.filter(([, wrong]) => wrong).map(([name, wrong]) => [name, [wrong]]),
  );
}

export const filled = (message) => (value) => (value.trim() ? null : message);

const ADDRESS = /^[^\s@]+@[^\s@]+$/;
export const isAddress = (value) =>
  ADDRESS.test(value.trim()) ? null : "Write your e-mail address, like name@example.org.";

/** What a form shares: its values, what it or the server found wrong, and that it is being sent. */
export function useForm(initial, submit, checks = {}) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState(CLEAN);
  const [busy, setBusy] = useState(false);

  function change(name, value) {
    setValues({ ...values, [name]: value });
    if (errors.fields[name])
      setErrors({ ...errors, fields: { ...errors.fields, [name]: undefined } });
  }

  const input = (name) => ({
    name,
    value: values[name],
    errors: errors.fields[name],
    onChange: ({ target }) => change(name, target.value),
  });

  const check = (name) => ({
    name,
    checked: values[name],
    errors: errors.fields[name],
    onChange: ({ target }) => change(name, target.checked),
  });

  async function onSubmit(event) {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const goThere = () =>
      requestAnimationFrame(() => form.querySelector("[aria-invalid=true]")?.focus());
    const wrong = findWrong(checks, values);
    setErrors({ ...CLEAN, fields: wrong });
    if (Object.keys(wrong).length) return void goThere();
    setBusy(true);
    try {
      await submit(values);
    } catch (error) {
      const { fields, message } = toApiError(error);
      const known = Object.keys(fields).some((name) => name in values);
      setErrors({ fields, message: known ? null : message });
      goThere();
    } finally {
      setBusy(false);
    }
  }

  return { input, check, busy, message: errors.message, onSubmit };
}
