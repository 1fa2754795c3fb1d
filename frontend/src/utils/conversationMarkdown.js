import { answerText } from "./answerMarkdown";
import { formatDateAndTime } from "./formatDate";
import { t } from "./i18n";

const WHO = {
  user: () => t("conversationMarkdown.you"),
  assistant: () => "Veda",
  staff: ({ metadata }) =>
    t("conversationMarkdown.person", { name: metadata?.name || t("staffMessage.careTeam") }),
};

function headingOf(message) {
  const when = message.created_at && `, ${formatDateAndTime(message.created_at)}`;
  return `## ${WHO[message.sender](message)}${when || ""}`;
}

/** Pictures stay with Veda: their addresses open for the patient only. */
function textOf(message) {
  const pictures = (message.attachments ?? []).map(() => t("conversationMarkdown.picture"));
  const text = message.sender === "assistant" ? answerText(message) : message.content;
  return [...pictures, text].filter(Boolean).join("\n\n");
}

/** The conversation as a file in Markdown, every answer with its sources and its disclaimer. */
export const conversationMarkdown = (title, messages) =>
  [`# ${title}`, ...messages.flatMap((message) => [headingOf(message), textOf(message)])]
    .join("\n\n")
    .concat("\n");

/** A name that every system takes. */
export const fileNameOf = (title) =>
  `${
    title
      .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
      .replaceAll(/^-|-$/g, "")
      .slice(0, 60) || "veda"
  }.md`;
