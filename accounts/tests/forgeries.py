"""Access tokens that are none, made from a pair that is good."""

from __future__ import annotations

import time
import uuid

import jwt
from django.conf import settings

KEY = settings.SIMPLE_JWT["SIGNING_KEY"]


def resigned(token, *, key=KEY, algorithm="HS256", **claims):
    """The token with other claims (None: left out), signed anew."""
    body = jwt.decode(token, options={"verify_signature": False}) | claims
    return jwt.encode({name: value for name, value in body.items() if value is not None}, key, algorithm)


FORGERIES = {
    "algorithm none": lambda pair: resigned(pair.access, key="", algorithm="none"),
    "another algorithm": lambda pair: resigned(pair.access, algorithm="HS512"),
    "another key": lambda pair: resigned(pair.access, key="x" * 40),
    "signed with Django's secret": lambda pair: resigned(pair.access, key=settings.SECRET_KEY),
    "refresh used as access": lambda pair: pair.refresh,
    "refresh called access": lambda pair: resigned(pair.refresh, key="x" * 40, token_type="access"),
    "of no type": lambda pair: resigned(pair.access, token_type=None),
    "expired": lambda pair: resigned(pair.access, exp=int(time.time()) - 1),
    "not yet valid": lambda pair: resigned(pair.access, nbf=int(time.time()) + 60),
    "issued in the future": lambda pair: resigned(pair.access, iat=int(time.time()) + 60),
    "refresh signed as access": lambda pair: resigned(pair.refresh, token_type="access", generation=None, jti=None),
    "access called refresh": lambda pair: resigned(pair.access, token_type="refresh"),
    "without an end": lambda pair: resigned(pair.access, exp=None),
    "another audience": lambda pair: resigned(pair.access, aud="others"),
    "without audience": lambda pair: resigned(pair.access, aud=None),
    "another issuer": lambda pair: resigned(pair.access, iss="others"),
    "an unknown family": lambda pair: resigned(pair.access, family=str(uuid.uuid4())),
    "no family": lambda pair: resigned(pair.access, family=None),
    "a family that is no id": lambda pair: resigned(pair.access, family={"a": [1]}),
    "cut short": lambda pair: pair.access[:-2],
    "body changed": lambda pair: ".".join([*pair.access.split(".")[:1], "e30", pair.access.split(".")[2]]),
    "garbage": lambda pair: "garbage",
    "dots": lambda pair: "..",
    "nothing": lambda pair: "",
    "not ASCII": lambda pair: "é" * 20,
}


def _change_password(user):
    user.set_password("another horse, five staples")
    user.save()


def _disable(user):
    user.is_active = False
    user.save()


ENDED = {
    "a deleted user": (lambda user: user.delete(), 401, 4401),
    "a changed password": (_change_password, 401, 4401),
    "a device that was signed out": (lambda user: user.refresh_families.end(), 401, 4401),
    "a disabled account": (_disable, 403, 4423),
}
"""What ends a good token: what happens to its user, the status over REST and the code over a socket."""
