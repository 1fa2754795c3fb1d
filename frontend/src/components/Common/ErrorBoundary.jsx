import { Component } from "react";

import { Button } from "./Button";

/** When the page itself breaks; a new version on the server is the usual reason. */
export class ErrorBoundary extends Component {
  state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  render() {
    if (!this.state.broken) return this.props.children;
    return (
      <main className="mx-auto grid max-w-xl content-center justify-items-start gap-5 p-6 min-h-dvh">
        <h1>This page didn’t load properly</h1>
        <p>What you have asked is kept. Loading the page again usually mends it.</p>
        <Button look="main" onClick={() => window.location.reload()}>
          Load the page again
        </Button>
        <a className="tap" href="/emergency">
          Emergency numbers
        </a>
      </main>
    );
  }
}
