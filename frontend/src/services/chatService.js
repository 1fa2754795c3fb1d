import { API_BASE } from "../app/env";
import { useAuthStore } from "../stores/authStore";
import { api } from "./api";
import { fetchAll, queryOf } from "./pages";

const path = (id) => `/api/conversations/${id}`;

export async function listConversations({ q = "", next = null } = {}) {
  const query = next ? queryOf(next) : q && `?${new URLSearchParams({ q })}`;
  const { data } = await api.get(`/api/conversations${query}`);
  return data;
}

export const createConversation = (fields = {}) =>
  api.post("/api/conversations", fields).then(({ data }) => data);
export const getConversation = (id) => api.get(path(id)).then(({ data }) => data);
export const renameConversation = (id, title) =>
  api.patch(path(id), { title }).then(({ data }) => data);

/** Calls of `api` end where the page is closed at once. */
export const deleteConversation = (id, { asThePageCloses = false } = {}) =>
  asThePageCloses
    ? fetch(`${API_BASE}${path(id)}`, {
        method: "DELETE",
        keepalive: true,
        headers: { Authorization: `Bearer ${useAuthStore.getState().access}` },
      })
    : api.delete(path(id));

/** All messages, oldest first. */
export const listMessages = (id) => fetchAll(`${path(id)}/messages`);

/** For a message whose conversation the patient has left before the socket took it. */
export async function postMessage(id, message) {
  const { client_message_id, content, attachments, simplifies, repeats } = message;
  const ids = attachments.map((attachment) => attachment.id);
  const { data } = await api.post(`${path(id)}/messages`, {
    ...{ client_message_id, content, simplifies, repeats },
    ...(ids.length && { attachments: ids }),
  });
  return data;
}

export const askForPerson = (id) => api.post(`${path(id)}/help`, {}).then(({ data }) => data);
export const takeBackHelp = (id) => api.delete(`${path(id)}/help`);

const feedbackPath = (id, messageId) => `${path(id)}/messages/${messageId}/feedback`;
/** feedback: {rating, comment} */
export const giveFeedback = (id, messageId, feedback) =>
  api.put(feedbackPath(id, messageId), feedback).then(({ data }) => data);
export const takeBackFeedback = (id, messageId) => api.delete(feedbackPath(id, messageId));

export const getTicket = (conversation) =>
  api.post("/api/auth/ws-ticket", { conversation }).then(({ data }) => data.ticket);
