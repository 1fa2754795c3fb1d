from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import roles, staff_sessions, staff_sign_in  # noqa: F401  they listen
