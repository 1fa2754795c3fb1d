import { api } from "./api";

/** Without an id: what holds for all conversations that have none of their own. */
const path = (id) =>
  id ? `/api/conversations/${id}/health-profile` : "/api/account/health-profile";

/** {set_for, about, age_band, pregnancy, medicines, allergies, updated_at} */
export const fetchHealthProfile = (id) => api.get(path(id)).then(({ data }) => data);
export const setHealthProfile = (id, profile) =>
  api.put(path(id), profile).then(({ data }) => data);
export const clearHealthProfile = (id) => api.delete(path(id));
