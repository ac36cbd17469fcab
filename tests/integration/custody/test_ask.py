"""Key files are asked for by people who may, lately confirmed, with a reason, and not all day long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from renewals import audit
from renewals.access import CONFIRMATION_LASTS
from renewals.custody.asking import WAITS
from renewals.custody.authorising import MOST, WINDOW
from renewals.errors import (
    ConfirmationNeeded,
    IntakeKeyAbsent,
    KeyNotKept,
    MandateEnded,
    MandateMissing,
    MandateNotConfirmed,
    NothingToHandOut,
    NotPermitted,
    NotVisible,
    ReasonMissing,
    TooManyCheckouts,
)
from renewals.models import Checkout, CheckoutState, Mandate
from renewals.models.checkout import What
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_request_waits_for_the_vault_worker_and_is_on_the_record(ask, beto, certificate):
    now = timezone.now()
    checkout = ask(now=now)
    row = Checkout.objects.get()
    assert (row.state, row.what, row.expires_at) == (
        CheckoutState.ASKED,
        What.CERTIFICATE_PAIR,
        now + WAITS,
    )
    event = audit.history_of(checkout).get()
    assert (event.name, event.person, event.company) == ("checkout.asked", beto, certificate.company)
    assert event.facts == {
        "what": "certificate_pair",
        "reason": "Entrar a IDSE para renovar",
        "form": "as_kept",
        "minutes": 10,
        "address": "127.0.0.1",
        "role": "auxiliar",
        "mandate": certificate.company.mandates.get().pk,
    }


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"confirmed_by": None, "confirmed_at": None}, MandateNotConfirmed),
        ({"revoked_at": timezone.now()}, MandateMissing),
        ({"kinds": ["efirma"]}, MandateMissing),
        ({"valid_until_on": timezone.localdate() - timedelta(days=1)}, MandateEnded),
        ({"valid_from_on": timezone.localdate() + timedelta(days=1)}, MandateMissing),
    ],
)
def test_without_a_mandate_for_this_kind_and_day_nothing_is_asked(ask, fields, refused):
    Mandate.objects.update(**fields)
    with pytest.raises(refused):
        ask()
    assert not Checkout.objects.exists()


def test_the_browser_key_is_kept_only_sealed(ask, transport_key):
    checkout = ask()
    assert transport_key not in bytes(checkout.sealed_transport_key)


def test_an_auditor_is_not_permitted(ask, dalia):
    with pytest.raises(NotPermitted):
        ask(person=dalia)
    assert not Checkout.objects.exists()


def test_a_company_of_others_does_not_exist_for_staff(ask, carla):
    with pytest.raises(NotVisible):
        ask(person=carla)
    assert not Checkout.objects.exists()


def test_a_partner_may_ask_for_any_company(ask, ana):
    assert ask(person=ana).person == ana


@pytest.mark.parametrize("ago", [CONFIRMATION_LASTS + timedelta(seconds=1), timedelta(seconds=-1)])
def test_a_confirmation_that_is_old_or_still_to_come_does_not_count(ask, ago):
    now = timezone.now()
    with pytest.raises(ConfirmationNeeded):
        ask(now=now, confirmed_at=now - ago)


def test_without_a_confirmation_nothing_is_asked(ask):
    with pytest.raises(ConfirmationNeeded):
        ask(confirmed_at=None)


@pytest.mark.parametrize("reason", ["", "   \n"])
def test_a_reason_is_needed(ask, reason):
    with pytest.raises(ReasonMissing):
        ask(reason=reason)


def test_one_person_cannot_ask_all_day(ask, ana):
    now = timezone.now()
    for _ in range(MOST):
        ask(now=now)
    with pytest.raises(TooManyCheckouts) as refused:
        ask(now=now)
    assert refused.value.facts == {"limit": MOST, "minutes": 60}
    assert ask(person=ana, now=now)
    assert ask(now=now + WINDOW + timedelta(seconds=1))


def test_a_certificate_without_a_key_has_nothing_to_give(ask, beto):
    bare = factories.certificate(
        factories.company(rfc="XIA190128J61", name="Xenon", responsible=beto), make_pair(rfc="XIA190128J61")
    )
    with pytest.raises(KeyNotKept):
        ask(certificate=bare)


def test_a_step_without_its_renewal_is_not_written_down(ask):
    assert ask(step_key="x" * 300).step_key == ""


def test_nothing_is_not_a_subject(ask):
    with pytest.raises(NothingToHandOut):
        ask(certificate=None)


def test_without_an_intake_key_nothing_can_be_asked(ask, settings):
    settings.INTAKE_PUBLIC_KEY = ""
    with pytest.raises(IntakeKeyAbsent):
        ask()
