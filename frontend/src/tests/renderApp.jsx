import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import { MemoryRouter, Route, Routes, useLocation } from "react-router";

import { queryClient } from "../app/queryClient";
import { EmergencyDialog } from "../components/Chat/EmergencyDialog";
import { Announcer } from "../components/Common/Announcer";
import { ForGuests, ForPatients } from "../components/Layout/Guards";
import { forgetPictures } from "../hooks/usePictures";
import About from "../pages/About";
import Account from "../pages/Account";
import ChatPage from "../pages/ChatPage";
import ConfirmEmail from "../pages/ConfirmEmail";
import Consent from "../pages/Consent";
import ForgotPassword from "../pages/ForgotPassword";
import Login from "../pages/Login";
import Privacy from "../pages/Privacy";
import Register from "../pages/Register";
import ResetPassword from "../pages/ResetPassword";
import Terms from "../pages/Terms";
import { useAuthStore } from "../stores/authStore";
import { useChatStore } from "../stores/chatStore";
import { useUiStore } from "../stores/uiStore";

function Address() {
  const { pathname, search, hash } = useLocation();
  return <p data-testid="address">{pathname + search + hash}</p>;
}

/** The pages at `path`, with nothing left of an earlier test; with what a screen reader hears, where a test asks for it. */
export function renderApp(path, { user = null, announces = false } = {}) {
  queryClient.clear();
  queryClient.setDefaultOptions({ queries: { networkMode: "always", retry: false } });
  useChatStore.getState().clear();
  useUiStore.getState().clear();
  forgetPictures();
  if (user) useAuthStore.getState().signedIn(user);
  else useAuthStore.getState().signedOut();

  return render(
    <QueryClientProvider client={queryClient}>
      <MemoryRouter initialEntries={[path]}>
        <Routes>
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
        </Routes>
        <EmergencyDialog />
        {announces && <Announcer />}
        <Address />
      </MemoryRouter>
    </QueryClientProvider>,
  );
}
