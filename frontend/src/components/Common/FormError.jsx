import { Icon } from "./Icon";

/** What is wrong with the whole form, not with one field. */
export function FormError({ children }) {
  if (!children) return null;
  return (
    <p role="alert" tabIndex={-1} className="error rounded-control bg-danger-soft px-3.5 py-3">
      <Icon name="circle-alert" className="mt-px" />
      <span>{children}</span>
    </p>
  );
}
