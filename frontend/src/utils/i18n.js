import { i18n } from "@lingui/core";

export { i18n };

/** `messages`: a file of ../messages, in which ids stand for the page's words. */
export function speak(locale, messages) {
  i18n.loadAndActivate({ locale, messages });
  const { language, script = null } = new Intl.Locale(locale).maximize();
  document.documentElement.lang = locale;
  document.documentElement.dir = RIGHT_TO_LEFT.has(script ?? language) ? "rtl" : "ltr";
}

/** Scripts, as `Intl.Locale.getTextInfo` knows them, which browsers have only since 2025. */
const RIGHT_TO_LEFT = new Set(["Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm"]);

/** More words of the language that is spoken, for a page that few open. */
export const learn = (messages) => i18n.load(i18n.locale, messages);

/** The words that `id` stands for. Only while drawing: what is read when a module loads stays in its first language. */
export const t = (id, values) => i18n._(id, values);

export const locale = () => i18n.locale;
