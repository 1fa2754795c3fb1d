import { Component } from "react";

import { Button } from "./Button";
import { t } from "../../utils/i18n";

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
        <h1>{t("errorBoundary.thisPageDidntLoadProperly")}</h1>
        <p>{t("errorBoundary.whatYouHaveAskedIs")}</p>
        <Button look="main" onClick={() => window.location.reload()}>
          {t("errorBoundary.loadThePageAgain")}
        </Button>
        <a className="tap" href="/emergency">
          {t("errorBoundary.emergencyNumbers")}
        </a>
      </main>
    );
  }
}
