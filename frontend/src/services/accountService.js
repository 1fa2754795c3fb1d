import { api } from "./api";
import { fetchAll } from "./pages";

const DEVICES = "/api/auth/devices";

export const listDevices = () => fetchAll(DEVICES);
export const signOutDevice = (id) => api.delete(`${DEVICES}/${id}`);
export const signOutEverywhere = () => api.delete(DEVICES);

export const fetchConsents = () => api.get("/api/auth/consents").then(({ data }) => data);
/** fields: {version, purposes, year_of_birth?} */
export const giveConsent = (fields) => api.post("/api/auth/consent", fields);
export const withdrawConsent = (purpose) => api.delete(`/api/auth/consents/${purpose}`);

/** An error that came where a file was awaited, read as the JSON that it is. */
async function readable(error) {
  const { response } = error;
  if (!(response?.data instanceof Blob)) return error;
  try {
    response.data = JSON.parse(await response.data.text());
  } catch {
    /* Not ours: a proxy's page. */
    response.data = null;
  }
  return error;
}

/** Gives the zip, however long it takes. */
export async function exportAccount(password) {
  try {
    const options = { responseType: "blob", timeout: 0 };
    const { data } = await api.post("/api/account/export", { password }, options);
    return data;
  } catch (error) {
    throw await readable(error);
  }
}

export const deleteAccount = (password) =>
  api.delete("/api/account", { data: { password }, timeout: 0 });
