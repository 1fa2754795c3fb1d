import { useEffect, useRef } from "react";
import { Link } from "react-router";

import { Appearance } from "../components/Account/Appearance";
import { Consents } from "../components/Account/Consents";
import { Details } from "../components/Account/Details";
import { Devices } from "../components/Account/Devices";
import { Email } from "../components/Account/Email";
import { HealthProfile } from "../components/Account/HealthProfile";
import { Password } from "../components/Account/Password";
import { YourData } from "../components/Account/YourData";
import { Door } from "../components/Layout/Door";
import { usePageTitle } from "../hooks/usePageTitle";
import { t } from "../utils/i18n";

/** Everything about the account itself. It opens without consent too: whoever takes it back must reach their data. */
export default function Account() {
  usePageTitle(t("account.yourAccount"));
  const heading = useRef(null);
  useEffect(() => heading.current.focus(), []);

  return (
    <Door column="max-w-[40rem]">
      <div className="grid gap-6">
        <div>
          <Link className="tap" to="/chat">
            {t("account.backToYourConversations")}
          </Link>
          <h1 ref={heading} tabIndex={-1}>
            {t("account.yourAccount")}
          </h1>
        </div>
        <Details />
        <HealthProfile />
        <Appearance />
        <Email />
        <Password />
        <Devices />
        <Consents />
        <YourData />
      </div>
    </Door>
  );
}
