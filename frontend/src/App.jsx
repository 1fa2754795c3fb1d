import { lazy, Suspense } from "react";
import { Route, Routes } from "react-router";

import { EmergencyDialog } from "./components/Chat/EmergencyDialog";
import { Announcer } from "./components/Common/Announcer";
import { ErrorBoundary } from "./components/Common/ErrorBoundary";
import { ForGuests, ForPatients } from "./components/Layout/Guards";
import { Waiting } from "./components/Layout/Waiting";
import { useOtherTabs } from "./hooks/useOtherTabs";
import { useSession } from "./hooks/useSession";
import { Home } from "./pages/Home";

const ChatPage = lazy(() => import("./pages/ChatPage"));
const Login = lazy(() => import("./pages/Login"));
const Register = lazy(() => import("./pages/Register"));
const Consent = lazy(() => import("./pages/Consent"));
const Account = lazy(() => import("./pages/Account"));
const ForgotPassword = lazy(() => import("./pages/ForgotPassword"));
const ResetPassword = lazy(() => import("./pages/ResetPassword"));
const ConfirmEmail = lazy(() => import("./pages/ConfirmEmail"));
const About = lazy(() => import("./pages/About"));
const Terms = lazy(() => import("./pages/Terms"));
const Privacy = lazy(() => import("./pages/Privacy"));
const NotFound = lazy(() => import("./pages/NotFound"));

export function App() {
  useSession();
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
          <Route element={<ForPatients />}>
            <Route path="/account" element={<Account />} />
          </Route>
          <Route path="/forgot-password" element={<ForgotPassword />} />
          <Route path="/reset-password" element={<ResetPassword />} />
          <Route path="/confirm-email" element={<ConfirmEmail />} />
          <Route path="/about" element={<About />} />
          <Route path="/terms" element={<Terms />} />
          <Route path="/privacy" element={<Privacy />} />
          <Route path="*" element={<NotFound />} />
        </Routes>
      </Suspense>
      <EmergencyDialog />
      <Announcer />
    </ErrorBoundary>
  );
}
