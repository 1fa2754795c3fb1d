import { Link } from "react-router";

import { Door } from "../components/Layout/Door";
import { usePageTitle } from "../hooks/usePageTitle";

export default function NotFound() {
  usePageTitle("No such page");
  return (
    <Door>
      <div className="grid max-w-xl justify-items-start gap-4">
        <h1>There is no such page</h1>
        <p>The address may be old or mistyped.</p>
        <Link className="btn btn-main" to="/chat">
          Go to your conversations
        </Link>
      </div>
    </Door>
  );
}
