/* Made from docs/frames.schema.json by `npm run contracts`. Change the schema, not this file. */

/**
 * @typedef {object} Ack
 * @property {string | null} client_message_id
 * @property {Record<string, unknown>} message
 * @property {string | null} replyId
 * @property {"ack"} type
 */

/**
 * @typedef {object} Chunk
 * @property {string} data
 * @property {string} messageId
 * @property {number} offset
 * @property {"chunk"} type
 */

/**
 * @typedef {object} Done
 * @property {Record<string, unknown>} message
 * @property {"done"} type
 */

/**
 * @typedef {object} Error
 * @property {string | null} [client_message_id]
 * @property {string} error
 * @property {Record<string, unknown> | null} [flag]
 * @property {string | null} [message]
 * @property {string | null} [messageId]
 * @property {number | null} [retry_after]
 * @property {boolean} retryable
 * @property {"error"} type
 */

/**
 * @typedef {object} Flag
 * @property {"answer" | "earlier" | "picture" | null} [about]
 * @property {boolean} [about_child]
 * @property {boolean} [about_other]
 * @property {string} category
 * @property {Record<string, unknown> | null} [emergency]
 * @property {string} messageId
 * @property {"high" | "low" | "medium"} severity
 * @property {boolean} [sexual]
 * @property {"flag"} type
 * @property {boolean} [under_age]
 */

/**
 * @typedef {object} Ping
 * @property {"ping"} type
 */

/**
 * @typedef {object} Pong
 * @property {"pong"} type
 */

/**
 * @typedef {object} Presence
 * @property {string} name
 * @property {"joined" | "left" | "typing"} state
 * @property {"presence"} type
 * @property {"staff"} who
 */

/**
 * @typedef {object} Resume
 * @property {string} conversationId
 * @property {string | null} [lastMessageId]
 * @property {number} [offset]
 * @property {"resume"} type
 */

/**
 * @typedef {object} ResumeAck
 * @property {string | null} messageId
 * @property {number} offset
 * @property {"done" | "incomplete" | "streaming" | "unknown"} status
 * @property {"resume_ack"} type
 */

/**
 * @typedef {object} SendMessage
 * @property {Array<string>} [attachments]
 * @property {string} client_message_id
 * @property {string} content
 * @property {string | null} [repeats]
 * @property {string | null} [simplifies]
 * @property {"message"} type
 */

/**
 * A passage as the page shows it. n is its number in the answer, from 1.
 * @typedef {object} SourceCard
 * @property {boolean} clinically_reviewed
 * @property {string} excerpt
 * @property {string | null} [heading]
 * @property {number} n
 * @property {string | null} [read_on]
 * @property {number} score
 * @property {string} source
 * @property {string} title
 * @property {string} url
 */

/**
 * @typedef {object} Sources
 * @property {string} messageId
 * @property {Array<SourceCard>} sources
 * @property {"sources"} type
 */

/**
 * @typedef {object} Stage
 * @property {string} messageId
 * @property {number | null} [position]
 * @property {"answering" | "describing" | "queued" | "retrieving" | "summarizing" | "transcribing"} stage
 * @property {"stage"} type
 */

/**
 * @typedef {object} Stop
 * @property {string} messageId
 * @property {"stop"} type
 */

export const CLIENT = Object.freeze({
  MESSAGE: "message",
  PING: "ping",
  RESUME: "resume",
  STOP: "stop",
});

export const SERVER = Object.freeze({
  ACK: "ack",
  CHUNK: "chunk",
  DONE: "done",
  ERROR: "error",
  FLAG: "flag",
  PONG: "pong",
  PRESENCE: "presence",
  RESUME_ACK: "resume_ack",
  SOURCES: "sources",
  STAGE: "stage",
});

export const STAGE = Object.freeze({
  ANSWERING: "answering",
  DESCRIBING: "describing",
  QUEUED: "queued",
  RETRIEVING: "retrieving",
  SUMMARIZING: "summarizing",
  TRANSCRIBING: "transcribing",
});

/**
 * @param {Omit<SendMessage, "type">} fields
 * @returns {SendMessage}
 */
export const makeSendMessage = ({
  attachments,
  client_message_id,
  content,
  repeats,
  simplifies,
}) => ({ type: "message", attachments, client_message_id, content, repeats, simplifies });

/**
 * @returns {Ping}
 */
export const makePing = () => ({ type: "ping" });

/**
 * @param {Omit<Resume, "type">} fields
 * @returns {Resume}
 */
export const makeResume = ({ conversationId, lastMessageId, offset }) => ({
  type: "resume",
  conversationId,
  lastMessageId,
  offset,
});

/**
 * @param {Omit<Stop, "type">} fields
 * @returns {Stop}
 */
export const makeStop = ({ messageId }) => ({ type: "stop", messageId });
