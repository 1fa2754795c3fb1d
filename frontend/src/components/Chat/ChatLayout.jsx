import { Sidebar } from "../Layout/Sidebar";

/** The sidebar, and beside it top bar, notice, messages and composer from top to bottom. */
export function ChatLayout({ isWide, hasMargin, onNew, topbar, bar, composer, children }) {
  return (
    <div className="grid h-dvh grid-cols-[minmax(0,1fr)] wide:grid-cols-[var(--v-sidebar)_minmax(0,1fr)]">
      <Sidebar isWide={isWide} onNew={onNew} />
      <div
        className={`grid min-h-0 min-w-0 grid-cols-[minmax(0,1fr)] grid-rows-[auto_auto_minmax(0,1fr)_auto] ${hasMargin ? "has-margin" : ""}`}
      >
        {topbar}
        <div>{bar}</div>
        {children}
        <footer className="lane pt-1 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
          <div className="foot">{composer}</div>
        </footer>
      </div>
    </div>
  );
}
