import { Icon } from "./Icon";

const LOOKS = {
  caution: ["info", "bg-caution-soft text-on-caution"],
  done: ["check", "bg-primary-soft text-on-primary-soft"],
};

/** A word about what has happened, in its place. look: caution, done. */
export function Notice({ look = "caution", children }) {
  if (!children) return null;
  const [icon, colours] = LOOKS[look];
  return (
    <p className={`flex gap-2.5 rounded-control px-3.5 py-3 text-ui ${colours}`}>
      <Icon name={icon} className="mt-px" />
      <span>{children}</span>
    </p>
  );
}
