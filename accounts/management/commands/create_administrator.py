"""Makes an administrator: somebody who signs in to the admin and looks after accounts. Harmless to repeat."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, IntegrityError

from accounts.models import User, email_key
from accounts.registration import is_taken


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="to sign in with")
        parser.add_argument("--name", default="Administrator", help="how the admin greets them")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from the first line of standard input, rather than ask for it twice",
        )
        parser.add_argument(
            "--existing",
            action="store_true",
            help="make somebody who has an account an administrator; their password stays as it is",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email, name = _written("email", options), _written("name", options)
        try:
            user = User.objects.filter(email_key=email_key(email)).first()
            if user is None:
                self._create(email, name, from_stdin=options["password_stdin"])
            elif user.role == User.Role.ADMIN:
                self.stdout.write(f"{user.email} is an administrator already; nothing was changed.")
            else:
                self._raise(user, allowed=options["existing"])
        except IntegrityError:
            raise CommandError(f"Somebody made an account with {email} at this very moment.") from None
        except DatabaseError:
            raise CommandError("The database isn't ready. Run `manage.py migrate` first.") from None
        self.stdout.write(f"Sign in at {settings.PUBLIC_URL}/{settings.ADMIN_PATH}/")
        if settings.STAFF_SECOND_FACTOR:
            self.stdout.write("The first sign-in asks to set up a second factor: have an authenticator app at hand.")

    def _create(self, email: str, name: str, *, from_stdin: bool) -> None:
        try:
            User._meta.get_field("email").run_validators(email)
        except ValidationError:
            raise CommandError("This is not an e-mail address.") from None
        if is_taken(email):
            raise CommandError("The address looks like that of another account; choose another one.")
        user = User(email=email, name=name[:150], role=User.Role.ADMIN)
        password = _read_password() if from_stdin else _ask_password()
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        user.set_password(password)
        user.save(force_insert=True)
        self.stdout.write(f"{email} is an administrator now.")

    def _raise(self, user: User, *, allowed: bool) -> None:
        if not allowed:
            raise CommandError(f"There is an account of a {user.role} with this address. --existing raises it.")
        user.role = User.Role.ADMIN
        user.save(update_fields=["role"])
        self.stdout.write(f"{user.email} is an administrator now, with the password as it was.")


def _written(what: str, options: dict[str, Any]) -> str:
    text: str = options[what].strip()
    if not text:
        raise CommandError(f"The {what} is empty.")
    return _readable(text, what)


def _readable(text: str, what: str) -> str:
    """Bytes of a shell that are no UTF-8 come as halves of surrogate pairs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CommandError(f"The {what} is not UTF-8.") from None
    return text


def _read_password() -> str:
    try:
        password = sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise CommandError("The password is not UTF-8.") from None
    return _readable(password, "password")


def _ask_password() -> str:
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for a password. --password-stdin reads it from a pipe.")
    try:
        password = getpass("Password: ")
        if getpass("Again: ") != password:
            raise CommandError("The two passwords differ.")
    except (EOFError, KeyboardInterrupt):
        raise CommandError("Nothing was made.") from None
    except UnicodeDecodeError:
        raise CommandError("The password is not UTF-8.") from None
    return _readable(password, "password")
