"""The OpenID Connect flow with Google. allauth drives it: state, PKCE, exchange of the code, checks of the id token.

None of allauth's own ends is reached: its flow ends in `Vouched` or `NotVouched`.
"""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse

from accounts.google import PROVIDER, Profile

CALLBACK = "/api/auth/google/callback"
DISCOVERY_SECONDS = 3600

# The network's errors are OSErrors, those of `requests` too; the others are of answers that aren't what they should be.
WHAT_A_PROVIDER_MAY_DO = (OSError, OAuth2Error, ImproperlyConfigured, KeyError, TypeError, ValueError, AttributeError)


class Vouched(Exception):
    """Google says who came."""

    def __init__(self, profile: Profile, next_path: str) -> None:
        self.profile, self.next_path = profile, next_path


class NotVouched(Exception):
    """The person went back at Google, or something is wrong: `reason` is for the log and holds nothing secret."""

    def __init__(self, reason: str, *, cancelled: bool = False) -> None:
        self.reason, self.cancelled = reason, cancelled


def begin(request: HttpRequest, next_path: str) -> HttpResponse:
    """The redirect to Google. Raises NotVouched."""
    provider = get_adapter(request).get_provider(request, PROVIDER)
    provider.oauth2_adapter_class = GoogleAdapter
    # Whoever signs in on a shared computer isn't led into the account of the one before.
    asking = {"prompt": "select_account"}
    try:
        answer: HttpResponse = provider.redirect(request, AuthProcess.LOGIN, next_url=next_path, auth_params=asking)
    except WHAT_A_PROVIDER_MAY_DO as error:
        raise NotVouched(type(error).__name__) from None
    return answer


def finish(request: HttpRequest) -> tuple[Profile, str]:
    """Who came, and which page they want. Raises NotVouched."""
    try:
        OAuth2CallbackView.adapter_view(GoogleAdapter(request, PROVIDER))(request)
    except Vouched as vouched:
        return vouched.profile, vouched.next_path
    except WHAT_A_PROVIDER_MAY_DO as error:
        raise NotVouched(type(error).__name__) from None
    raise NotVouched("no end")


class FlowAdapter(DefaultSocialAccountAdapter):
    """Named in the settings: where allauth asks what the provider is, and says how its flow ended."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=PROVIDER,
                name="Google",
                client_id=settings.GOOGLE_CLIENT_ID,
                secret=settings.GOOGLE_CLIENT_SECRET,
                settings={
                    "server_url": settings.GOOGLE_ISSUER,
                    "oauth_pkce_enabled": True,
                    "scope": ["openid", "email", "profile"],
                    "fetch_userinfo": False,  # the id token says it all
                },
            )
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        raise Vouched(sociallogin.profile, sociallogin.state.get("next") or "")

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> NoReturn:
        reason = type(exception).__name__ if exception else "no flow of this browser, or refused by the provider"
        raise NotVouched(reason, cancelled=request.GET.get("error") == "access_denied")


class GoogleAdapter(OpenIDConnectOAuth2Adapter):
    @property
    def openid_config(self) -> dict[str, Any]:
        """Hardly ever changes, and each sign-in wants it twice."""
        key = f"google-discovery:{settings.GOOGLE_ISSUER}"
        config: dict[str, Any] | None = cache.get(key)
        if config is None:
            config = super().openid_config
            if not config.keys() >= {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"}:
                raise OAuth2Error
            cache.set(key, config, DISCOVERY_SECONDS)
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        origin = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
        return settings.GOOGLE_OAUTH_REDIRECT_URI or origin + CALLBACK

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        login = super().complete_login(request, app, token, **kwargs)
        login.profile = _profile(login.account.extra_data["id_token"])
        login.account.extra_data = {}  # what an account needs of it is in the account
        return login


def _profile(claims: dict[str, Any]) -> Profile:
    """Raises ValueError, KeyError or TypeError where the claims aren't such."""
    subject, email = claims["sub"], claims.get("email", "")
    if not (subject.isascii() and subject.isprintable()):
        raise ValueError
    confirmed = claims.get("email_verified") is True
    try:
        validate_email(email)
    except ValidationError:
        email, confirmed = "", False
    name = "".join(filter(str.isprintable, str(claims.get("name") or ""))).strip()[:150]
    return Profile(subject=subject, email=email, email_confirmed=confirmed, name=name or email.partition("@")[0])
