import { Button } from "./Button";

/** Shows what `query` has brought by `children(data)`; until then that it is on its way, or that it didn't come. */
export function OnceKnown({ query, children }) {
  const { data, isError, refetch } = query;
  if (data) return children(data);
  if (!isError) return <p className="meta">Loading…</p>;
  return (
    <>
      <p className="text-ui">This couldn’t be loaded. Check your connection.</p>
      <Button look="line" className="justify-self-start" onClick={() => refetch()}>
        Try again
      </Button>
    </>
  );
}
