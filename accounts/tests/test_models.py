from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User, email_key
from accounts.tests.factories import PASSWORD


@given(st.text(max_size=40))
def test_two_spellings_of_an_address_have_one_key(address):
    key = email_key(address)
    assert email_key(unicodedata.normalize("NFD", address)) == key
    assert email_key(f" {address} ") == key
    assert email_key(key) == key


def test_different_addresses_have_different_keys():
    assert email_key("anna@veda.example") != email_key("hanna@veda.example")


@pytest.mark.django_db
def test_a_superuser_may_enter_the_admin_and_a_patient_may_not():
    admin = User.objects.create_superuser(email="ada@veda.example", password=PASSWORD, name="Ada")
    patient = User.objects.create_user(email=" pat@veda.example ", password=PASSWORD, name="Pat")
    assert admin.is_staff
    assert admin.is_superuser
    assert not patient.is_staff
    assert patient.email == "pat@veda.example"
    assert User.objects.get_by_natural_key("PAT@veda.example") == patient
