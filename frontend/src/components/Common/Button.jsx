const LOOKS = { main: "btn-main", danger: "btn-danger", line: "btn-line", plain: "" };

/** look: main (filled, one a screen), danger (in its place, where something is deleted), line (outlined), plain. `busy` keeps the colours and takes no press. */
export function Button({
  look = "plain",
  type = "button",
  busy = false,
  onClick,
  className = "",
  ...rest
}) {
  return (
    <button
      type={type}
      className={`btn ${LOOKS[look]} ${className}`}
      aria-disabled={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      {...rest}
    />
  );
}
