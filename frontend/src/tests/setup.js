import "@testing-library/jest-dom";
import { configure } from "@testing-library/react";

import { TextDecoder, TextEncoder } from "node:util";

import english from "./english";
import { speak } from "../utils/i18n";
import { FakeWebSocket } from "./fakeWebSocket";

/* Long, because slow cores are shared: what comes is seen at once. */
configure({ asyncUtilTimeout: 10_000 });

/* What a browser has and jsdom lacks. */
Object.assign(globalThis, { TextEncoder, TextDecoder });
/* Pictures have addresses; a test may look which of them are still in use. */
const addresses = new Set();
globalThis.pictureAddresses = addresses;
URL.createObjectURL = () => {
  const address = `blob:picture-${Math.random()}`;
  addresses.add(address);
  return address;
};
URL.revokeObjectURL = (address) => addresses.delete(address);
globalThis.CSS ??= { supports: () => true };
globalThis.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
globalThis.matchMedia = (query) => ({
  matches: query.includes("min-width"),
  addEventListener() {},
  removeEventListener() {},
});
HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close() {
  this.open = false;
};
Element.prototype.scrollIntoView = () => {};

beforeEach(() => {
  speak("en-GB", english);
  FakeWebSocket.reset();
  globalThis.WebSocket = FakeWebSocket;
  localStorage.clear();
  sessionStorage.clear();
});
