"""Signing in to the admin, and what administrators may do to accounts there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django.utils import timezone

from accounts import mail
from accounts.models import AuditEvent, Consent, Invitation, RefreshFamily, User
from accounts.tests.codes import add_second_factor
from accounts.tests.factories import PASSWORD, UserFactory
from veda.errors import InvalidCredentials

pytestmark = pytest.mark.django_db

SIGN_IN = "/admin/sign-in"


@pytest.fixture
def administrator():
    return UserFactory(name="Ada Administrator", role=User.Role.ADMIN)


@pytest.fixture
def superuser():
    return UserFactory(name="Sue Superuser", role=User.Role.ADMIN, is_superuser=True)


@pytest.fixture
def admins(administrator):
    client = Client()
    client.force_login(administrator)
    AuditEvent.objects.all().delete()
    return client


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str):
    return client.post(SIGN_IN, {"login": email, "password": password, **more})


def act(client: Client, action: str, *users: User, path: str = "accounts/user/"):
    rows = [user.pk for user in users]
    answer = client.post(f"/admin/{path}", {"action": action, "_selected_action": rows}, follow=True)
    assert answer.status_code == 200
    return answer


def change(client: Client, user: User, **fields: str):
    """As the form sends it, with some fields changed."""
    form = {"email": user.email, "name": user.name, "country": user.country, "role": user.role, "is_active": "on"}
    inlines = {
        f"{prefix}-{what}": "0"
        for prefix in ("refresh_families", "consents")
        for what in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    sent = {key: value for key, value in {**form, **inlines, **fields}.items() if value is not None}
    return client.post(f"/admin/accounts/user/{user.id}/change/", sent)


class TestSigningIn:
    @pytest.mark.parametrize("path", ["", "login/", "accounts/user/", "sign-in/again", "second-factor"])
    def test_every_door_leads_to_the_sign_in(self, client, path):
        chain = client.get(f"/admin/{path}", follow=True).redirect_chain
        assert chain[-1][0].startswith(SIGN_IN)

    def test_it_goes_on_where_one_wanted_to_go(self, client, colleague):
        there = client.get("/admin/chat/conversation/", follow=True).redirect_chain[-1][0]
        page = client.get(there).content.decode()
        goal = re.search(r'name="next" value="([^"]+)"', page)[1]
        answer = sign_in(client, colleague.email, next=goal)
        assert answer.headers["Location"] == "/admin/chat/conversation/"

    @pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_it_goes_to_no_other_site(self, client, colleague, goal):
        assert sign_in(client, colleague.email, next=goal).headers["Location"] == "/admin/"

    @pytest.mark.parametrize(
        ("who", "password"),
        [
            ("patient", PASSWORD), ("patient", "wrong"), ("moderator", "wrong"), ("nobody", PASSWORD),
            ("disabled moderator", PASSWORD), ("deleted", PASSWORD),
        ],
    )  # fmt: skip
    def test_all_others_get_the_same_answer(self, client, who, password):
        people = {
            "patient": UserFactory(),
            "moderator": UserFactory(role=User.Role.MODERATOR),
            "disabled moderator": UserFactory(role=User.Role.MODERATOR, is_active=False),
            "deleted": UserFactory(is_active=False, deleted_at=timezone.now()),
        }
        email = people[who].email if who in people else "nobody@veda.example"
        answer = sign_in(client, email, password)
        assert answer.status_code == 200
        assert InvalidCredentials.message in answer.content.decode()
        assert client.get("/admin/").status_code == 302
        event = AuditEvent.objects.get(action="sign_in_failed")
        assert event.subject_id == (people[who].id if who in people else None)
        assert email not in str(event.details)

    def test_failures_are_counted_with_those_of_the_api(self, client, colleague, settings):
        settings.RATES = {**settings.RATES, "sign_in": ("3/hour", "")}
        for _ in range(2):
            sign_in(client, colleague.email, "wrong")
        login = {"email": colleague.email, "password": "wrong"}
        client.post("/api/auth/login", login, content_type="application/json")
        answer = sign_in(client, colleague.email)
        assert "too often" in answer.content.decode()
        assert client.get("/admin/").status_code == 302

    def test_wrong_codes_are_counted_as_well(self, client, colleague, settings):
        settings.RATES = {**settings.RATES, "sign_in": ("3/hour", "")}
        add_second_factor(colleague)
        sign_in(client, colleague.email)
        for _ in range(3):
            answer = client.post("/admin/sign-in/code", {"code": "000000"})
        assert "wrong" in answer.content.decode()
        assert "too often" in client.post("/admin/sign-in/code", {"code": "000000"}).content.decode()

    def test_a_form_of_another_site_signs_nobody_in(self, colleague):
        strict = Client(enforce_csrf_checks=True)
        assert sign_in(strict, colleague.email).status_code == 403

    def test_the_sessions_key_is_another_one_afterwards(self, client, colleague):
        add_second_factor(colleague)  # so that there is a session before
        sign_in(client, colleague.email)
        before = client.session.session_key
        client.session.flush()
        colleague.authenticator_set.all().delete()
        sign_in(client, colleague.email)
        assert client.session.session_key not in (None, before)

    def test_signing_out_is_on_record(self, client, colleague):
        sign_in(client, colleague.email)
        client.post("/admin/logout/")
        assert client.get("/admin/").status_code == 302
        assert AuditEvent.objects.filter(action="signed_out", actor_id=colleague.id).exists()
        assert RefreshFamily.objects.get().revoked_at

    @pytest.mark.parametrize("what", ["disabled", "patient again", "password", "signed out", "signed out by the API"])
    def test_the_session_ends(self, client, colleague, client_of, what):
        sign_in(client, colleague.email)
        assert client.get("/admin/").status_code == 200
        match what:
            case "disabled":
                colleague.is_active = False
            case "patient again":
                colleague.role = User.Role.PATIENT
            case "password":
                colleague.set_password("another horse, other staples")
            case "signed out":
                RefreshFamily.objects.filter(user=colleague).end()
            case "signed out by the API":
                assert client_of(colleague).delete("/api/auth/devices").status_code == 204
        colleague.save()
        assert client.get("/admin/").status_code == 302
        colleague.is_active, colleague.role = True, User.Role.MODERATOR
        colleague.save()
        assert client.get("/admin/").status_code == 302, "it doesn't come back"

    def test_it_is_a_device_like_others(self, client, colleague, client_of):
        sign_in(client, colleague.email)
        devices = client_of(colleague).get("/api/auth/devices").json()["results"]
        assert len(devices) == 2

    def test_changing_ones_password_is_on_record(self, client, colleague):
        sign_in(client, colleague.email)
        new = "another horse, other staples"
        client.post("/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
        assert AuditEvent.objects.filter(action="password_changed", actor_id=colleague.id).exists()
        assert client.get("/admin/").status_code == 302

    def test_wrong_passwords_there_are_counted_and_on_record(self, client, colleague, settings):
        settings.RATES = {**settings.RATES, "sign_in": ("3/hour", "")}
        sign_in(client, colleague.email)
        new = "another horse, other staples"
        form = {"old_password": "wrong", "new_password1": new, "new_password2": new}
        for _ in range(3):
            assert client.post("/admin/password_change/", form).status_code == 200
        events = AuditEvent.objects.filter(action="sign_in_failed")
        assert [(event.actor_id, event.subject_id) for event in events] == [(colleague.id, colleague.id)] * 3
        answer = client.post("/admin/password_change/", {**form, "old_password": PASSWORD})
        assert "too often" in answer.content.decode()
        assert events.count() == 3
        assert not AuditEvent.objects.filter(action="password_changed").exists()

    def test_signing_out_says_so_plainly(self, client, colleague):
        sign_in(client, colleague.email)
        page = client.post("/admin/logout/").content.decode()
        assert "You are signed out." in page
        assert "quality time" not in page

    def test_no_page_of_allauth_is_there_but_those_of_staff(self, client):
        for path in (
            "signup",
            "accounts/login/",
            "admin/signup",
            "admin/password/reset/",
            "admin/email/",
            "admin/2fa/",
        ):
            assert client.get(f"/{path}", headers={"accept": "application/json"}).status_code in (404, 302), path
            assert b"signup" not in client.get(f"/{path}").content


class TestThePath:
    @pytest.mark.urls("accounts.tests.other_admin_path")
    def test_it_can_be_another_one(self, client, colleague):
        assert client.get("/admin/", headers={"accept": "application/json"}).status_code == 404
        assert client.get("/admin", headers={"accept": "application/json"}).status_code == 404
        assert client.get("/back/office").headers["Location"] == "/back/office/"
        chain = client.get("/back/office/", follow=True).redirect_chain
        assert chain[-1][0].startswith("/back/office/sign-in?next=")
        client.post("/back/office/sign-in", {"login": colleague.email, "password": PASSWORD})
        assert client.get("/back/office/chat/conversation/").status_code == 200
        assert client.get("/back/office/second-factor/set-up").status_code == 200


class TestAccounts:
    def test_patients_and_moderators_see_none(self, owner, colleague):
        for user, status in ((owner, 302), (colleague, 403)):
            client = Client()
            client.force_login(user)
            for path in ("user", "invitation", "auditevent", "refreshfamily"):
                assert client.get(f"/admin/accounts/{path}/").status_code == status

    def test_tables_with_secrets_are_nowhere(self, superuser):
        client = Client()
        client.force_login(superuser)
        for path in ("mfa/authenticator", "account/emailaddress", "socialaccount/socialaccount"):
            answer = client.get(f"/admin/{path}/", headers={"accept": "application/json"})
            assert answer.status_code == 404

    def test_an_account_shows_its_devices_and_consents(self, admins, owner, tokens_of):
        tokens_of(owner)
        Consent.objects.create(user=owner, purpose="staff_reading", version="2026-11")
        page = admins.get(f"/admin/accounts/user/{owner.id}/change/").content.decode()
        assert "staff may read my conversations" in page
        assert "Where the account is signed in" in page

    def test_accounts_are_found_by_how_the_address_begins(self, admins, owner, outsider):
        page = admins.get(f"/admin/accounts/user/?q={owner.email[:-4].upper()}").content.decode()
        assert owner.email in page
        assert outsider.email not in page
        assert owner.email in admins.get(f"/admin/accounts/user/?q={owner.id}").content.decode()

    def test_a_role_is_changed_on_record(self, admins, administrator, owner):
        assert change(admins, owner, role="moderator").status_code == 302
        owner.refresh_from_db()
        assert owner.role == "moderator"
        event = AuditEvent.objects.get(action="role_changed")
        assert (event.actor_id, event.subject_id) == (administrator.id, owner.id)
        assert event.details == {"old": "patient", "new": "moderator"}

    @pytest.mark.parametrize("field", [{"role": "patient"}, {"is_active": None}])
    def test_nobody_changes_the_own_role_or_standing(self, admins, administrator, field):
        change(admins, administrator, **field)
        administrator.refresh_from_db()
        assert (administrator.role, administrator.is_active) == ("admin", True)

    def test_an_administrator_makes_no_superuser(self, admins, owner, administrator):
        for user in (owner, administrator):
            change(admins, user, is_superuser="on", user_permissions="1", groups="1")
            user.refresh_from_db()
            assert not user.is_superuser
            assert not user.user_permissions.exists()
        admins.post(
            "/admin/accounts/user/add/",
            {"email": "new@veda.example", "name": "N", "role": "admin", "is_superuser": "on", "usable_password": "true",
             "password1": "four staples and a horse", "password2": "four staples and a horse"},
        )  # fmt: skip
        assert not User.objects.get(email="new@veda.example").is_superuser

    def test_an_administrator_touches_no_superuser(self, admins, superuser):
        AuditEvent.objects.all().delete()
        assert change(admins, superuser, role="patient").status_code == 403
        for action in ("disable", "sign_out", "remove_second_factor"):
            act(admins, action, superuser)
        superuser.refresh_from_db()
        assert (superuser.role, superuser.is_active) == ("admin", True)
        assert not AuditEvent.objects.exists()

    def test_an_administrator_cant_become_another_person(self, admins, owner):
        change(admins, owner, email="ada@veda.example", password="x")
        new = "four staples and a horse"
        path = f"/admin/accounts/user/{owner.id}/password/"
        answer = admins.post(path, {"password1": new, "password2": new, "usable_password": "true"})
        assert answer.status_code == 403
        before, email = owner.password, owner.email
        owner.refresh_from_db()
        assert (owner.password, owner.email) == (before, email)

    def test_a_superuser_sets_a_password_on_record(self, superuser, owner):
        client = Client()
        client.force_login(superuser)
        new = "four staples and a horse"
        path = f"/admin/accounts/user/{owner.id}/password/"
        client.post(path, {"password1": new, "password2": new, "usable_password": "true"})
        owner.refresh_from_db()
        assert owner.check_password(new)
        event = AuditEvent.objects.get(action="password_changed")
        assert (event.actor_id, event.subject_id) == (superuser.id, owner.id)

    def test_whose_password_a_superuser_sets_is_told(self, superuser, owner, django_capture_on_commit_callbacks):
        client = Client()
        client.force_login(superuser)
        new = "four staples and a horse"
        with django_capture_on_commit_callbacks(execute=True):
            path = f"/admin/accounts/user/{owner.id}/password/"
            client.post(path, {"password1": new, "password2": new, "usable_password": "true"})
        mail.drain()
        assert outbox.outbox[-1].to == [owner.email]
        assert "password" in outbox.outbox[-1].subject

    def test_an_address_that_a_superuser_sets_is_unconfirmed(self, superuser, owner):
        User.objects.update(email_confirmed_at=timezone.now())
        client = Client()
        client.force_login(superuser)
        change(client, owner, name="Olivia")
        owner.refresh_from_db()
        assert owner.email_confirmed_at
        before = owner.email
        change(client, owner, email="new@veda.example")
        owner.refresh_from_db()
        assert (owner.email, owner.email_confirmed_at) == ("new@veda.example", None)
        event = AuditEvent.objects.get(action="email_changed")
        assert (event.actor_id, event.subject_id) == (superuser.id, owner.id)
        assert not [address for address in (before, owner.email) if address in str(vars(event))]

    def test_nothing_of_a_password_is_shown(self, superuser, owner):
        client = Client()
        client.force_login(superuser)
        page = client.get(f"/admin/accounts/user/{owner.id}/change/").content.decode()
        assert "A password is set." in page
        assert owner.password.split("$")[0] not in page

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("user/?role__exact=patient", 200), ("user/?email__icontains=a", 400), ("user/?password__contains=a", 400),
            ("user/?email_skeleton__contains=a", 400), ("auditevent/?action__exact=exported", 200),
            ("auditevent/?reason__icontains=a", 400), ("refreshfamily/?method__exact=google", 200),
            ("refreshfamily/?user__password__startswith=a", 400), ("refreshfamily/?browser__contains=a", 400),
            ("invitation/?email__contains=a", 400),
        ],
    )  # fmt: skip
    def test_what_is_no_filter_is_not_searched_through_the_address(self, admins, path, status):
        assert admins.get(f"/admin/accounts/{path}").status_code == status

    def test_disabling_ends_the_sessions_and_enabling_brings_none_back(self, admins, administrator, owner, client_of):
        phone = client_of(owner)
        act(admins, "disable", owner)
        assert phone.get("/api/auth/me").status_code in (401, 403)
        act(admins, "enable", owner)
        assert phone.get("/api/auth/me").status_code == 401
        events = AuditEvent.objects.filter(subject_id=owner.id, actor_id=administrator.id).order_by("id")
        assert [event.action for event in events] == ["account_disabled", "account_enabled"]

    def test_the_own_account_is_left_out(self, admins, administrator):
        for action in ("disable", "sign_out", "remove_second_factor"):
            assert "left out" in act(admins, action, administrator).content.decode()
        assert admins.get("/admin/").status_code == 200

    def test_an_account_is_signed_out_everywhere(self, admins, administrator, owner, outsider, client_of):
        phone, others = client_of(owner), client_of(outsider)
        act(admins, "sign_out", owner)
        assert phone.get("/api/auth/me").status_code == 401
        assert others.get("/api/auth/me").status_code == 200
        event = AuditEvent.objects.get(action="device_signed_out")
        assert (event.actor_id, event.subject_id) == (administrator.id, owner.id)

    def test_a_lost_phone_is_helped(self, admins, administrator, colleague):
        add_second_factor(colleague)
        act(admins, "remove_second_factor", colleague)
        assert not colleague.authenticator_set.exists()
        event = AuditEvent.objects.get(action="second_factor_removed")
        assert (event.actor_id, event.subject_id) == (administrator.id, colleague.id)

    def test_one_device_is_signed_out(self, admins, owner, client_of):
        phone, laptop = client_of(owner), client_of(owner)
        first = RefreshFamily.objects.filter(user=owner).order_by("created_at").first()
        page = admins.get(f"/admin/accounts/refreshfamily/?q={owner.email}").content.decode()
        assert str(first.id) in page
        act(admins, "sign_out", first, path="accounts/refreshfamily/")
        assert phone.get("/api/auth/me").status_code == 401
        assert laptop.get("/api/auth/me").status_code == 200
        assert AuditEvent.objects.get(action="device_signed_out").object_id == first.id

    @pytest.mark.parametrize("email", ["PERSON@veda.example", "реrson@veda.example"])
    def test_an_address_that_is_taken_is_told_at_the_form(self, admins, email):
        UserFactory(email="person@veda.example")
        answer = admins.post(
            "/admin/accounts/user/add/",
            {"email": email, "name": "P", "role": "patient", "usable_password": "true",
             "password1": "four staples and a horse", "password2": "four staples and a horse"},
        )  # fmt: skip
        assert answer.status_code == 200
        assert "errornote" in answer.content.decode()

    def test_nothing_else_keeps_the_address(self, admins, owner):
        from django.contrib.admin.models import LogEntry

        change(admins, owner, name="Olivia")
        assert not LogEntry.objects.exists()


class TestInvitations:
    def invite(self, client: Client, **form: str):
        return client.post("/admin/accounts/invitation/add/", {"email": "", "days": "7", **form}, follow=True)

    def test_the_link_is_shown_once_and_lets_somebody_in(self, admins, administrator, settings, client):
        settings.REGISTRATION = "invited"
        page = self.invite(admins).content.decode()
        token = re.search(r"#invitation=([^\s<]+)", page)[1]
        assert token not in admins.get("/admin/accounts/invitation/").content.decode()
        invitation = Invitation.objects.get()
        assert timedelta(days=6) < invitation.expires_at - timezone.now() <= timedelta(days=7)
        event = AuditEvent.objects.get(action="invited")
        assert (event.actor_id, event.object_id) == (administrator.id, invitation.id)
        person = {"email": "new@veda.example", "password": PASSWORD, "name": "N", "invitation": token}
        assert client.post("/api/auth/register", person, content_type="application/json").status_code == 201

    def test_it_is_mailed_where_there_is_an_address(self, admins, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            self.invite(admins, email="friend@veda.example")
        mail.drain()
        assert outbox.outbox[-1].to == ["friend@veda.example"]
        assert "#invitation=" in outbox.outbox[-1].body

    @pytest.mark.parametrize("form", [{"days": "0"}, {"days": "91"}, {"days": ""}, {"email": "nobody"}])
    def test_nonsense_makes_none(self, admins, form):
        self.invite(admins, **form)
        assert not Invitation.objects.exists()

    def test_it_can_be_taken_back_and_not_changed(self, admins):
        self.invite(admins)
        path = f"/admin/accounts/invitation/{Invitation.objects.get().id}"
        assert admins.post(f"{path}/change/", {"email": "x@veda.example", "days": "9"}).status_code == 403
        admins.post(f"{path}/delete/", {"post": "yes"})
        assert not Invitation.objects.exists()


class TestTheAuditTrail:
    @pytest.fixture
    def event(self, owner):
        return AuditEvent.objects.create(action="exported", subject_id=owner.id)

    def test_administrators_find_what_concerns_a_person(self, admins, owner, outsider, event):
        assert "data exported" in admins.get(f"/admin/accounts/auditevent/?q={owner.id}").content.decode()
        for other in (outsider.id, str(owner.id)[:8], "%", "x'--"):
            assert "0 audit events" in admins.get("/admin/accounts/auditevent/", {"q": other}).content.decode()
        assert admins.get("/admin/accounts/auditevent/?action__exact=exported").status_code == 200

    def test_the_rows_page_has_what_the_list_leaves_out(self, admins, owner):
        event = AuditEvent.objects.create(action="exported", browser="Firefox on Windows", details={"new": "sesame"})
        page = admins.get(f"/admin/accounts/auditevent/{event.id}/change/").content.decode()
        for shown in ("Firefox on Windows", "sesame", "Object id", "Network"):
            assert shown in page
            assert shown not in admins.get("/admin/accounts/auditevent/").content.decode()

    @pytest.mark.parametrize("who", ["administrator", "superuser"])
    def test_nobody_adds_changes_or_deletes(self, request, who, event):
        client = Client()
        client.force_login(request.getfixturevalue(who))
        path = "/admin/accounts/auditevent"
        assert client.get(f"{path}/add/").status_code == 403
        assert client.post(f"{path}/{event.id}/change/", {"action": "purged"}).status_code == 403
        assert client.post(f"{path}/{event.id}/delete/", {"post": "yes"}).status_code == 403
        client.post(f"{path}/", {"action": "delete_selected", "_selected_action": event.id, "post": "yes"})
        event.refresh_from_db()
        assert event.action == "exported"


class TestStaffRoutes:
    """`/api/admin/…`, on the one that there is."""

    @pytest.mark.parametrize("door", ["token", "session"])
    @pytest.mark.parametrize(
        ("who", "status", "code"),
        [
            (None, 401, "not_authenticated"),
            ("owner", 403, "not_allowed"),
            ("colleague", 200, None),
            ("administrator", 200, None),
        ],
    )
    def test_are_for_staff(self, request, client_of, error_of, door, who, status, code):
        user = request.getfixturevalue(who) if who else None
        if door == "token":
            client = client_of(user)
        else:
            client = Client()
            if user:
                client.force_login(user)
            if who == "owner":  # patients have no session of the admin: they are nobody there
                status, code = 401, "not_authenticated"
        answer = client.get("/api/admin/metrics")
        assert answer.status_code == status
        assert code is None or error_of(answer) == code

    def test_a_session_that_was_ended_is_nobodys(self, colleague):
        client = Client()
        client.force_login(colleague)
        RefreshFamily.objects.filter(user=colleague).end()
        assert client.get("/api/admin/metrics").status_code == 401
