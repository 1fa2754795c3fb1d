import { TransNoContext } from "@lingui/react/server";

import { i18n } from "../../utils/i18n";

/** A message with elements in it: `<link>…</link>` in its words is what `link` gives. */
export function RichText({ id, values, ...components }) {
  return <TransNoContext lingui={{ i18n }} id={id} values={values} components={components} />;
}
