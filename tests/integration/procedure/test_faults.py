"""When something goes wrong at a desk or at a portal: is it said in words, and is nothing lost?

The list of what was promised; each is done through the page, as a person meets it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.models import Certificate, Evidence, Person, Renewal, RenewalStep, StepState
from renewals.models.stored_key import KeyState, StoredKey
from renewals.pki.authority import as_sat_key_file
from renewals.procedure import checking
from renewals.vault import taking
from renewals.vault.facts import key_facts
from tests.pairs import pooled_key
from tests.walks import Walk, begin, run_workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("vault_keys")]


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def send(client: Client, walk: Walk, row: RenewalStep, **fields: Any) -> str:
    """Send the form of a step as the page showed it when ``row`` was read; gives the page that follows."""
    address = reverse("step_hand_in", args=[walk.renewal.pk, row.key])
    return client.post(address, {"version": row.version, **fields}, follow=True).content.decode()


def cer(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("nuevo.cer", data)


FIRST = {"portal_notice": "expired", "own_copy": "on"}


# --- two at once --------------------------------------------------------------------------------------------------


def test_a_double_click_moves_a_step_once_and_says_so_kindly():
    walk = begin()
    client, seen = signed_in(walk.by), walk.row
    send(client, walk, seen, **FIRST)
    assert "Este paso ya lo habías entregado" in send(client, walk, seen, **FIRST)
    assert Evidence.objects.filter(step=seen).count() == 2
    assert walk.row.key == "confirm_company"


def test_a_second_tab_and_the_back_button_show_where_it_stands_and_change_nothing():
    walk = begin()
    client, seen = signed_in(walk.by), walk.row
    behind = reverse("step", args=[walk.renewal.pk, seen.key])
    send(client, walk, seen, **FIRST)
    shown = client.get(behind).content.decode()
    assert "step_hand_in" not in shown
    assert reverse("step_hand_in", args=[walk.renewal.pk, seen.key]) not in shown
    other_tab = send(client, walk, seen, portal_notice="revoked", own_copy="on")
    assert "Este paso ya lo habías entregado" in other_tab
    seen.refresh_from_db()
    assert (seen.state, seen.answers["portal_notice"]) == (StepState.DONE, "expired")


def test_the_later_of_two_people_is_told_who_was_faster_and_nothing_of_the_first_is_lost(ana: Person):
    walk = begin()
    seen = walk.row
    send(signed_in(walk.by), walk, seen, **FIRST)
    assert "beto ya movió este paso" in send(signed_in(ana), walk, seen, portal_notice="no_link", own_copy="on")
    assert [one.by for one in Evidence.objects.filter(step=seen)] == [walk.by, walk.by]


# --- the machine --------------------------------------------------------------------------------------------------


def test_a_worker_killed_during_a_check_leaves_the_key_for_the_next_one():
    walk = begin().to("mouse_entropy")
    upload = walk.key_file()
    client = signed_in(walk.by)
    send(client, walk, walk.row, key_file=SimpleUploadedFile(upload.name, upload.data))
    step, key_id, now = walk.row, walk.pending_key_id, timezone.now()
    # As a killed process leaves it: both holds taken, nothing written.
    RenewalStep.objects.filter(pk=step.pk).update(lease_until=now + checking.LEASE)
    StoredKey.objects.filter(pk=key_id).update(state=KeyState.TAKING, lease_until=now + taking.LEASE)
    run_workers()
    assert walk.row.state == StepState.WORKING
    assert "Revisando" in client.get(reverse("renewal", args=[walk.renewal.pk])).content.decode()
    checking.check_step(step_id=step.pk, now=now + timedelta(minutes=5))
    assert walk.row.key == "sign_terms_old"
    assert key_facts(key_id).state == "proved"
    assert Evidence.objects.filter(step=step).count() == 1


# --- the key ------------------------------------------------------------------------------------------------------


def test_the_same_key_as_before_is_refused_in_words_and_the_right_one_passes_afterwards():
    walk = begin().to("mouse_entropy")
    client, expected = signed_in(walk.by), walk.pending_key_id
    again = as_sat_key_file(walk.old.key, walk.passphrase)
    send(client, walk, walk.row, key_file=SimpleUploadedFile("vieja.key", again))
    run_workers()
    assert "Esta llave ya se conocía" in client.get(reverse("renewal", args=[walk.renewal.pk])).content.decode()
    right = walk.key_file()
    send(client, walk, walk.row, key_file=SimpleUploadedFile(right.name, right.data))
    run_workers()
    assert walk.row.key == "sign_terms_old"
    assert walk.pending_key_id == expected


# --- the new certificate ------------------------------------------------------------------------------------------


def test_a_certificate_that_is_not_the_one_is_refused_in_words_and_nothing_is_lost():
    walk = begin().to("certificate_saved")
    client, now, key_id = signed_in(walk.by), timezone.now(), walk.pending_key_id
    wrong = {
        "no corresponde a la llave nueva del paso 4": walk.issued(key=pooled_key()),
        "XENON INDUSTRIAL ARTICLES": walk.issued(rfc="XIA190128J61", name="XENON INDUSTRIAL ARTICLES"),
        "es del registro patronal H4300001131": walk.issued(registro_patronal="H4300001131"),
        "Este certificado ya venció": walk.issued(not_after=now - timedelta(minutes=1)),
        "Las fechas del certificado no cuadran": walk.issued(not_before=now + timedelta(days=2)),
        "no es más reciente que el anterior": walk.issued(not_before=now - timedelta(days=800)),
    }
    for words, pair in wrong.items():
        assert words in send(client, walk, walk.row, certificate_file=cer(pair.certificate))
    assert walk.row.state == StepState.PENDING
    assert Certificate.objects.count() == 1
    assert key_facts(key_id).state == "proved"
    send(client, walk, walk.row, certificate_file=cer(walk.new.certificate))
    assert walk.row.key == "terms_offered_again"


def test_a_shorter_validity_is_taken_and_said():
    walk = begin().to("certificate_saved")
    client, step = signed_in(walk.by), walk.row
    half_a_year = walk.issued(not_after=timezone.now() + timedelta(days=180))
    send(client, walk, step, certificate_file=cer(half_a_year.certificate))
    shown = client.get(reverse("step", args=[walk.renewal.pk, step.key])).content.decode()
    assert "Dura menos que el anterior: 180 días en vez de 697" in shown


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(hours=-5)])
def test_a_portal_whose_clock_is_hours_off_is_no_obstacle(ahead: timedelta):
    walk = begin().to("certificate_saved")
    issued = walk.issued(not_before=timezone.now() + ahead)
    send(signed_in(walk.by), walk, walk.row, certificate_file=cer(issued.certificate))
    assert walk.row.key == "terms_offered_again"
    walk.to("conditions_at_login")
    assert Renewal.objects.get(pk=walk.renewal.pk).new_certificate is not None
