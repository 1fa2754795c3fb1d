import { act, waitFor } from "@testing-library/react";

/** A socket whose other end is the test. */
export class FakeWebSocket {
  static OPEN = 1;
  static all = [];

  static reset() {
    FakeWebSocket.all = [];
  }

  static get last() {
    return FakeWebSocket.all.at(-1);
  }

  constructor(url) {
    this.url = url;
    this.readyState = 0;
    this.sent = [];
    FakeWebSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  accept() {
    this.readyState = FakeWebSocket.OPEN;
    this.onopen();
  }

  deliver(...frames) {
    for (const frame of frames) this.onmessage({ data: JSON.stringify(frame) });
  }

  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  sentOf(type) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

/** The page's newest socket, once the page has asked for it. */
export async function accept() {
  await waitFor(() => expect(FakeWebSocket.last?.readyState).toBe(0));
  act(() => FakeWebSocket.last.accept());
  return FakeWebSocket.last;
}
