import { api } from "./api";

const path = (id) => `/api/conversations/${id}`;

/** `next` may name the server by another host than the page does, so only its query is used. */
const queryOf = (address) => new URL(address, window.location.origin).search;

export async function listConversations({ q = "", next = null } = {}) {
  const query = next ? queryOf(next) : q && `?${new URLSearchParams({ q })}`;
  const { data } = await api.get(`/api/conversations${query}`);
  return data;
}

export const createConversation = () => api.post("/api/conversations", {}).then(({ data }) => data);
export const getConversation = (id) => api.get(path(id)).then(({ data }) => data);
export const renameConversation = (id, title) =>
  api.patch(path(id), { title }).then(({ data }) => data);
export const deleteConversation = (id) => api.delete(path(id));

/** All messages, oldest first. */
export async function listMessages(id) {
  const messages = [];
  let query = "";
  do {
    const { data } = await api.get(`${path(id)}/messages${query}`);
    messages.push(...data.results);
    query = data.next ? queryOf(data.next) : "";
  } while (query);
  return messages;
}

/** For a message whose conversation the patient has left before the socket took it. */
export async function postMessage(id, { client_message_id, content, attachments }) {
  const { data } = await api.post(`${path(id)}/messages`, {
    client_message_id,
    content,
    ...(attachments.length && { attachments: attachments.map((attachment) => attachment.id) }),
  });
  return data;
}

export const getTicket = (conversation) =>
  api.post("/api/auth/ws-ticket", { conversation }).then(({ data }) => data.ticket);
