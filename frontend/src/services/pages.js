import { api } from "./api";

/** `next` may name the server by another host than the page does, so only its query is used. */
export const queryOf = (address) => new URL(address, window.location.origin).search;

/** Everything that a paged list holds, in its order. */
export async function fetchAll(path) {
  const results = [];
  let query = "";
  do {
    const { data } = await api.get(`${path}${query}`);
    results.push(...data.results);
    query = data.next ? queryOf(data.next) : "";
  } while (query);
  return results;
}
