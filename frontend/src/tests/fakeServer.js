import { AxiosError } from "axios";

import { api } from "../services/api";

/**
 * Answers the API's calls from `routes`: {"GET /api/config": data | (call) => data}. An answer with a status is made by
 * `answer(status, data)`. Gives the list of calls as they come in.
 */
export function serve(routes) {
  const calls = [];
  /* What must outlive the page goes by fetch. */
  globalThis.fetch = async (url, { method, headers, body, keepalive }) => {
    const call = { name: `${method} ${url}`, body: body && JSON.parse(body), headers, keepalive };
    calls.push(call);
    const route = routes[call.name];
    return typeof route === "function" ? route(call) : route;
  };
  api.defaults.adapter = async (config) => {
    const call = {
      name: `${config.method.toUpperCase()} ${config.url}`,
      body: typeof config.data === "string" ? JSON.parse(config.data) : config.data,
      signal: config.signal,
      onUploadProgress: config.onUploadProgress,
      headers: config.headers.toJSON(),
    };
    calls.push(call);
    const route = routes[call.name];
    if (route === undefined) throw new Error(`No route for ${call.name}`);
    const result = await (typeof route === "function" ? route(call) : route);
    const { status, data } = result instanceof Answer ? result : new Answer(200, result);
    const response = { status, data, headers: {}, config, request: {} };
    if (status >= 400) throw new AxiosError("refused", null, config, {}, response);
    return response;
  };
  return calls;
}

class Answer {
  constructor(status, data) {
    this.status = status;
    this.data = data;
  }
}

export const answer = (status, data) => new Answer(status, data);

export const refuse = (status, code, message = code, fields = undefined) =>
  answer(status, { error: { code, message, fields } });

/** Nobody answers. */
export function cutOff(config) {
  throw new AxiosError("Network Error", "ERR_NETWORK", config, {});
}

/** A promise and the means to keep it. */
export function later() {
  let resolve;
  const promise = new Promise((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
