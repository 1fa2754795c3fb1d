import { api } from "./api";

/** For a large picture on a slow line, and for a recogniser that takes its time, in milliseconds. */
const PATIENCE = 5 * 60_000;

const path = (id) => `/api/conversations/${id}`;

async function post(address, file, name, options) {
  const form = new FormData();
  form.append("file", file, name);
  const { data } = await api.post(address, form, { timeout: PATIENCE, ...options });
  return data;
}

/** Gives the attachment. `onProgress` takes the part that has gone out, from 0 to 1. */
export const uploadPicture = (id, file, { signal, onProgress }) =>
  post(`${path(id)}/attachments`, file, file.name, {
    signal,
    onUploadProgress: ({ progress }) => onProgress(progress ?? 0),
  });

const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };

/** Gives {text, language, duration}. */
export function transcribe(id, recording, { signal }) {
  const [type] = recording.type.split(";");
  const name = `recording.${ENDINGS[type] ?? "bin"}`;
  return post(`${path(id)}/transcriptions`, recording, name, { signal });
}

/** The picture behind an attachment's address. Without cookies: a store of files may answer in the server's place. */
export async function fetchPicture(url, { signal } = {}) {
  const { data } = await api.get(url, {
    responseType: "blob",
    timeout: PATIENCE,
    withCredentials: false,
    signal,
  });
  return data;
}
