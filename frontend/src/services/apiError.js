import { withApostrophes } from "../utils/apostrophes";
import { withWait } from "../utils/formatDate";
import { t } from "../utils/i18n";

const UNREACHABLE = "apiError.vedaCantBeReachedCheck";
const UNEXPECTED = "apiError.somethingWentWrongTryAgain";

/** What the page needs to know about a failed call: {status, code, message, fields, flag, emergency}. status 0: nobody answered. */
export function toApiError(error) {
  const response = error?.response;
  if (!response) {
    const message = t(error?.request ? UNREACHABLE : UNEXPECTED);
    return { status: 0, code: "unreachable", message, fields: {}, flag: null, emergency: null };
  }
  const { code = "unexpected", message = t(UNEXPECTED), fields = {} } = response.data?.error ?? {};
  const told = withWait(withApostrophes(message), response.data?.retry_after);
  return {
    status: response.status,
    code,
    message: told,
    fields,
    flag: response.data?.flag ?? null,
    emergency: response.data?.emergency ?? null,
  };
}

/** Nobody answered: the network or the server is away, and asking again later may help. */
export const isUnreachable = (error) => Boolean(error?.request) && !error.response;
export const isCode = (error, code) => error?.response?.data?.error?.code === code;
export const statusOf = (error) => error?.response?.status ?? 0;
