"""Does the door open to the right password only, and how often may one knock?"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.errors import TooManyAttempts, WrongSignIn
from renewals.models import SignInAttempt
from renewals.people import sign_in as signing_in
from renewals.people.sign_in import PER_ACCOUNT, PER_ADDRESS, PER_PLACE, WINDOW, confirm_identity, sign_in
from tests.factories import PASSWORD

NOW = timezone.now()


def attempt(name="beto", password="equivocada", address="203.0.113.7", now=NOW):
    return sign_in(typed_name=name, password=password, address=address, now=now)


def fail_times(number, **who: Any):
    for _ in range(number):
        with pytest.raises(WrongSignIn):
            attempt(**who)


def test_the_right_password_lets_in_and_is_on_the_record(beto):
    assert attempt(password=PASSWORD) == beto
    event = audit.history_of(beto).get()
    assert (event.name, event.person, event.facts["address"]) == ("person.signed_in", beto, "203.0.113.7")


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(beto):
    refusals = []
    for name in ("beto", "nadie"):
        with pytest.raises(WrongSignIn) as refused:
            attempt(name=name)
        refusals.append((refused.value.code, refused.value.facts))
    assert refusals[0] == refusals[1]


def test_an_unknown_name_costs_one_hash_as_a_wrong_password_does(beto, monkeypatch):
    """The time of an answer is the time of its hash; both answers compute exactly one."""
    hashed = []
    encode = hashers.ScryptPasswordHasher.encode

    def counted(self, *args, **kwargs):
        hashed.append(1)
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(hashers.ScryptPasswordHasher, "encode", counted)
    for name in ("beto", "nadie"):
        hashed.clear()
        with pytest.raises(WrongSignIn):
            attempt(name=name)
        assert len(hashed) == 1, name


def test_a_try_is_written_down_before_the_password_is_looked_at(beto, monkeypatch):
    """Otherwise many at once would all be counted while none is there yet."""
    written = []
    encode = hashers.ScryptPasswordHasher.encode

    def noted(self, *args, **kwargs):
        written.append(SignInAttempt.objects.count())
        return encode(self, *args, **kwargs)

    monkeypatch.setattr(hashers.ScryptPasswordHasher, "encode", noted)
    attempt(password=PASSWORD)
    assert written == [1]
    assert not SignInAttempt.objects.exists()


def test_somebody_without_access_is_refused_like_a_stranger(beto):
    beto.is_active = False
    beto.save(update_fields=["is_active"])
    with pytest.raises(WrongSignIn):
        attempt(password=PASSWORD)


def test_too_many_failures_close_the_account_even_to_the_right_password(beto):
    fail_times(PER_PLACE)
    with pytest.raises(TooManyAttempts) as refused:
        attempt(password=PASSWORD)
    assert refused.value.facts == {"minutes": 15}


def test_an_unknown_name_is_closed_in_the_same_way(db):
    fail_times(PER_PLACE, name="nadie")
    with pytest.raises(TooManyAttempts):
        attempt(name="nadie")


def test_the_name_counts_however_it_is_written(beto):
    fail_times(PER_PLACE, name=" BETO ")
    with pytest.raises(TooManyAttempts):
        attempt(password=PASSWORD)


def test_the_window_slides(beto):
    fail_times(1)
    fail_times(PER_PLACE - 1, now=NOW + timedelta(minutes=10))
    with pytest.raises(TooManyAttempts) as refused:
        attempt(password=PASSWORD, now=NOW + timedelta(minutes=12))
    assert refused.value.facts == {"minutes": 3}
    assert attempt(password=PASSWORD, now=NOW + WINDOW) == beto


def test_knocking_on_a_closed_door_does_not_prolong_the_wait(beto):
    fail_times(PER_PLACE)
    for minute in range(14):
        with pytest.raises(TooManyAttempts):
            attempt(now=NOW + timedelta(minutes=minute))
    assert attempt(password=PASSWORD, now=NOW + WINDOW) == beto


def test_an_address_that_tries_many_names_is_closed(beto, monkeypatch):
    monkeypatch.setattr(signing_in, "PER_ADDRESS", 3)
    for name in ("uno", "dos", "tres"):
        fail_times(1, name=name)
    with pytest.raises(TooManyAttempts):
        attempt(password=PASSWORD)
    assert attempt(password=PASSWORD, address="203.0.113.8") == beto


def test_an_office_may_fail_more_often_than_one_account():
    assert PER_ADDRESS > PER_PLACE


def test_a_stranger_who_knows_the_name_does_not_keep_its_owner_out(beto):
    fail_times(PER_PLACE, address="198.51.100.66")
    with pytest.raises(TooManyAttempts):
        attempt(address="198.51.100.66", password=PASSWORD)
    assert attempt(password=PASSWORD) == beto


def test_guesses_for_one_name_from_many_addresses_are_counted_together(beto, monkeypatch):
    assert PER_ACCOUNT > PER_PLACE
    monkeypatch.setattr(signing_in, "PER_ACCOUNT", 3)
    for number in range(3):
        fail_times(1, address=f"198.51.100.{number}")
    with pytest.raises(TooManyAttempts):
        attempt(password=PASSWORD)


def test_a_success_does_not_give_a_guesser_elsewhere_new_tries(beto):
    fail_times(PER_PLACE, address="198.51.100.66")
    attempt(password=PASSWORD)
    with pytest.raises(TooManyAttempts):
        attempt(address="198.51.100.66")


def test_tries_whose_address_is_unknown_count_as_one_place(beto):
    fail_times(PER_PLACE, address=None)
    with pytest.raises(TooManyAttempts):
        attempt(password=PASSWORD, address=None)


def test_one_household_of_ipv6_counts_as_one_address(beto, monkeypatch):
    monkeypatch.setattr(signing_in, "PER_ADDRESS", 2)
    fail_times(1, name="uno", address="2001:db8:1:2::1")
    fail_times(1, name="dos", address="2001:db8:1:2:ffff::9")
    with pytest.raises(TooManyAttempts):
        attempt(password=PASSWORD, address="2001:db8:1:2::77")


def test_success_forgets_the_failures_of_this_name_only(beto):
    fail_times(PER_PLACE - 1)
    fail_times(1, name="otra")
    attempt(password=PASSWORD)
    assert SignInAttempt.objects.count() == 1


def test_a_confirmation_counts_to_the_same_limit(beto):
    fail_times(PER_PLACE - 1)
    with pytest.raises(WrongSignIn):
        confirm_identity(person=beto, password="equivocada", address="203.0.113.7", now=NOW)
    with pytest.raises(TooManyAttempts):
        confirm_identity(person=beto, password=PASSWORD, address="203.0.113.7", now=NOW)


def test_the_typed_name_is_not_kept(db):
    fail_times(1, name="mi-contraseña-por-error")
    kept = SignInAttempt.objects.values_list("account", flat=True).get()
    assert "contrase" not in kept
    assert len(kept) == 64


# --- the page -----------------------------------------------------------------------------------------------------


def post(client, **fields):
    return client.post(reverse("sign_in"), {"username": "beto", "password": PASSWORD, **fields})


def test_the_page_opens_a_session_and_goes_on_to_where_one_wanted(client, beto):
    wanted = reverse("admin:renewals_certificate_changelist")
    assert client.get(wanted).headers["Location"] == f"{reverse('sign_in')}?next={wanted}"
    response = post(client, next=wanted)
    assert (response.status_code, response.headers["Location"]) == (302, wanted)
    assert client.session["confirmed_at"]


@pytest.mark.parametrize(
    "elsewhere", ["https://example.com/", "//example.com/", "javascript:alert(1)", "\\\\example.com"]
)
def test_nobody_is_sent_to_another_site(client, beto, elsewhere):
    assert post(client, next=elsewhere).headers["Location"] == reverse("admin:index")


def test_the_page_says_how_long_to_wait(client, beto):
    for _ in range(PER_PLACE):
        assert post(client, password="equivocada").status_code == 200
    response = post(client)
    assert response.status_code == 429
    assert "Espera 15 minutos" in response.content.decode()


def test_signing_in_changes_the_session_key(client, beto):
    """Session fixation: a key planted before signing in is worth nothing afterwards."""
    session = client.session
    session["x"] = 1
    session.save()
    planted = session.session_key
    post(client)
    assert client.session.session_key != planted


def test_a_page_of_another_site_cannot_sign_anybody_in_or_out(beto):
    strict = Client(enforce_csrf_checks=True)
    assert post(strict).status_code == 403
    assert strict.post(reverse("sign_out")).status_code == 403


def test_signing_out_takes_a_post_and_ends_the_session(client, beto):
    client.force_login(beto)
    assert client.get(reverse("sign_out")).status_code == 405
    assert client.post(reverse("sign_out")).headers["Location"] == reverse("sign_in")
    assert client.get(reverse("admin:index")).status_code == 302


def test_the_admins_own_sign_in_leads_to_ours(client, beto):
    response = client.get(reverse("admin:login"), {"next": "/admin/renewals/company/"})
    assert response.headers["Location"] == f"{reverse('sign_in')}?next=/admin/renewals/company/"
    response = client.post(reverse("admin:login"), {"username": "beto", "password": PASSWORD})
    assert response.status_code == 302
    assert "_auth_user_id" not in client.session


def test_the_address_of_a_trusted_proxy_is_counted_and_an_invented_one_is_not(client, beto, settings):
    forwarded = {"HTTP_X_FORWARDED_FOR": "198.51.100.1, 192.0.2.55"}
    post_failing = {"username": "beto", "password": "equivocada"}
    client.post(reverse("sign_in"), post_failing, **forwarded)
    settings.TRUSTED_PROXIES = 1
    client.post(reverse("sign_in"), post_failing, **forwarded)
    addresses = SignInAttempt.objects.order_by("pk").values_list("address", flat=True)
    assert list(addresses) == ["127.0.0.1", "192.0.2.55"]


# --- confirming again ---------------------------------------------------------------------------------------------


def test_confirming_again_goes_on_and_is_remembered(client, beto):
    client.force_login(beto)
    wanted = reverse("admin:renewals_company_changelist")
    response = client.post(reverse("confirm_identity"), {"password": PASSWORD, "next": wanted})
    assert response.headers["Location"] == wanted
    assert client.session["confirmed_at"]


def test_a_wrong_confirmation_goes_nowhere(client, beto):
    client.force_login(beto)
    response = client.post(reverse("confirm_identity"), {"password": "equivocada"})
    assert response.status_code == 200
    assert "La contraseña no es correcta." in response.content.decode()
    assert "confirmed_at" not in client.session


def test_changing_ones_own_password_needs_the_old_one_and_keeps_the_session(client, beto):
    client.force_login(beto)
    page = reverse("change_password")
    new = "tres-palabras-nuevas"
    refused = client.post(page, {"current": "equivocada", "new": new, "again": new})
    assert refused.status_code == 200
    weak = client.post(page, {"current": PASSWORD, "new": "1234567890", "again": "1234567890"})
    assert "fácil de adivinar" in weak.content.decode()
    unequal = client.post(page, {"current": PASSWORD, "new": new, "again": new + "x"})
    assert unequal.status_code == 200
    assert client.post(page, {"current": PASSWORD, "new": new, "again": new}).status_code == 302
    assert client.get(page).status_code == 200
    beto.refresh_from_db()
    assert beto.check_password(new)
    assert audit.history_of(beto)[0].name == "person.changed_own_password"
