import { useEffect, useRef } from "react";
import { Link } from "react-router";

import { Consents } from "../components/Account/Consents";
import { Details } from "../components/Account/Details";
import { Devices } from "../components/Account/Devices";
import { Email } from "../components/Account/Email";
import { Password } from "../components/Account/Password";
import { YourData } from "../components/Account/YourData";
import { Door } from "../components/Layout/Door";
import { usePageTitle } from "../hooks/usePageTitle";

/** Everything about the account itself. It opens without consent too: whoever takes it back must reach their data. */
export default function Account() {
  usePageTitle("Your account");
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), []);

  return (
    <Door>
      <div className="mx-auto grid max-w-[40rem] gap-6">
        <div>
          <Link className="tap" to="/chat">
            Back to your conversations
          </Link>
          <h1 ref={heading} tabIndex={-1}>
            Your account
          </h1>
        </div>
        <Details />
        <Email />
        <Password />
        <Devices />
        <Consents />
        <YourData />
      </div>
    </Door>
  );
}
