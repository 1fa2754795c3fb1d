"""An OpenID provider for the browser tests, in Google's place. Writes its address and serves until it is ended."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from accounts.tests.openid_provider import OpenIdProvider

logging.getLogger("werkzeug").setLevel(logging.ERROR)

with OpenIdProvider() as provider:
    sys.stdout.write(f"{provider.url}\n")
    sys.stdout.flush()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
