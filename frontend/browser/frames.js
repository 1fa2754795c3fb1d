/** What of the server's frames the page gets: `pass(frame)` gives those that it sees in its place. */
export const passFrames = (page, pass) =>
  page.routeWebSocket(/\/ws\/conversations\//, (socket) => {
    socket.connectToServer().onMessage((text) => {
      for (const frame of pass(JSON.parse(text))) socket.send(JSON.stringify(frame));
    });
  });

const IS_OF_A_REPLY = new Set(["stage", "sources", "chunk", "done"]);

/** An answer that stands still once `enough(frame)`, so that it can be looked at; `instead(frame)`: its last frames. */
export function holdAnswer(page, enough, instead = (frame) => [frame]) {
  let held = false;
  return passFrames(page, (frame) => {
    if (!IS_OF_A_REPLY.has(frame.type)) return [frame];
    if (held) return [];
    held = enough(frame);
    return held ? instead(frame) : [frame];
  });
}

/** A server that answers each message with `tokens`, some in each frame; `metadata` comes with their end. */
export function answerWith(page, tokens, { aFrame = 1, metadata = {} } = {}) {
  return page.routeWebSocket(/\/ws\/conversations\//, (socket) => {
    const send = (frame) => socket.send(JSON.stringify(frame));
    let count = 0;

    function answer({ client_message_id, content: question }) {
      count += 1;
      const replyId = `r${count}`;
      const stored = { type: "text", status: "done", metadata: {} };
      const message = { ...stored, id: `q${count}`, sender: "user", content: question };
      send({ type: "ack", client_message_id, message, replyId });
      let offset = 0;
      let at = 0;
      const timer = setInterval(() => {
        const data = tokens.slice(at, at + aFrame).join("");
        send({ type: "chunk", messageId: replyId, data, offset });
        offset += [...data].length;
        at += aFrame;
        if (at < tokens.length) return;
        clearInterval(timer);
        const content = tokens.join("");
        const reply = { ...stored, id: replyId, sender: "assistant", content, metadata };
        send({ type: "done", message: reply });
      }, 16);
    }

    socket.onMessage((text) => {
      const frame = JSON.parse(text);
      if (frame.type === "ping") send({ type: "pong" });
      if (frame.type === "resume")
        send({ type: "resume_ack", messageId: null, offset: 0, status: "unknown" });
      if (frame.type === "message") answer(frame);
    });
  });
}
