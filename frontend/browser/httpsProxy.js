/* The proxy that stands before Veda where patients come: it ends HTTPS and says who called, and how. */
import { request } from "node:http";
import { createServer } from "node:https";

/** `pem`: key and certificate. */
export function startProxy({ port, target, pem }) {
  const onward = (incoming) =>
    request({
      host: "127.0.0.1",
      port: target,
      method: incoming.method,
      path: incoming.url,
      headers: {
        ...incoming.headers,
        "x-forwarded-for": incoming.socket.remoteAddress,
        "x-forwarded-proto": "https",
      },
    }).on("error", () => incoming.socket.destroy());

  const proxy = createServer({ key: pem, cert: pem }, (incoming, answer) => {
    const asked = onward(incoming).on("response", (reply) => {
      answer.writeHead(reply.statusCode, reply.headers);
      reply.pipe(answer);
    });
    incoming.pipe(asked);
  });

  proxy.on("upgrade", (incoming, socket) => {
    const headOf = ({ statusCode, statusMessage, headers }) =>
      [
        `HTTP/1.1 ${statusCode} ${statusMessage}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        "\r\n",
      ].join("\r\n");
    onward(incoming)
      .on("response", (reply) => socket.end(headOf(reply)))
      .on("upgrade", (reply, behind) => {
        socket.write(headOf(reply));
        behind.on("error", () => socket.destroy()).pipe(socket);
        socket.on("error", () => behind.destroy()).pipe(behind);
      })
      .end();
  });
  proxy.listen(port, "127.0.0.1");
}
