import { useAuthStore } from "../../stores/authStore";

/**
 * A link to the page of emergency numbers, at those of the account's country. The server renders that page itself, so that
 * it works when nothing of ours does.
 */
export function ToNumbers(props) {
  const country = useAuthStore((state) => state.user?.country);
  return <a href={country ? `/emergency#${country}` : "/emergency"} {...props} />;
}
