import { Navigate } from "react-router";

export const Home = () => <Navigate to="/chat" replace />;
