import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

import { CLIENT, makeResume, SERVER } from "../services/contracts";

test("contracts.js is what the frame schema makes", () => {
  const script = resolve(__dirname, "../../scripts/contracts.mjs");
  expect(() =>
    execFileSync(process.execPath, [script, "--check"], { stdio: "pipe" }),
  ).not.toThrow();
});

test("frames have their names and fields", () => {
  expect(SERVER.RESUME_ACK).toBe("resume_ack");
  expect(CLIENT.STOP).toBe("stop");
  expect(makeResume({ conversationId: "c", lastMessageId: null, offset: 0 })).toEqual({
    type: "resume",
    conversationId: "c",
    lastMessageId: null,
    offset: 0,
  });
});
