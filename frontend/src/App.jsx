import { lazy, Suspense, useEffect } from "react";
import { Route, Routes } from "react-router";

import { Announcer } from "./components/Common/Announcer";
import { ErrorBoundary } from "./components/Common/ErrorBoundary";
import { ForGuests, ForPatients } from "./components/Layout/Guards";
import { Waiting } from "./components/Layout/Waiting";
import { resumeSession } from "./hooks/useAuth";
import { useOtherTabs } from "./hooks/useOtherTabs";
import { Home } from "./pages/Home";

const ChatPage = lazy(() => import("./pages/ChatPage"));
const Login = lazy(() => import("./pages/Login"));
const Register = lazy(() => import("./pages/Register"));
const Consent = lazy(() => import("./pages/Consent"));
const NotFound = lazy(() => import("./pages/NotFound"));

export function App() {
  useEffect(() => {
    resumeSession();
  }, []);
  useOtherTabs();

  return (
    <ErrorBoundary>
      <Suspense fallback={<Waiting />}>
        <Routes>
          <Route path="/" element={<Home />} />
          <Route element={<ForGuests />}>
            <Route path="/login" element={<Login />} />
            <Route path="/register" element={<Register />} />
          </Route>
          <Route element={<ForPatients consent={<Consent />} />}>
            <Route path="/chat/:id?" element={<ChatPage />} />
          </Route>
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
      <Announcer />
    </ErrorBoundary>
  );
}
