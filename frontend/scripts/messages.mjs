/* Reads the plurals and places in messages while building, so that no browser has to. For Vite and for Jest. */
import { compileMessage } from "@lingui/message-utils/compileMessage";

const MESSAGES = /\/src\/messages\/[\w-]+\.json$/;

function compile(json) {
  const messages = Object.entries(JSON.parse(json));
  return JSON.stringify(
    Object.fromEntries(messages.map(([id, words]) => [id, compileMessage(words)])),
  );
}

export const messages = () => ({
  name: "messages",
  enforce: "pre",
  transform: (code, id) => (MESSAGES.test(id) ? { code: compile(code), map: null } : null),
});

export default { process: (json) => ({ code: compile(json) }) };
