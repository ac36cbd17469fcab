"""What the web process wrote is weighed again by the vault worker, which also decides in which form a pair goes out."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.access import checkout_for
from renewals.audit import Machine
from renewals.clients import mandates
from renewals.custody import taking
from renewals.custody.asking import Terms
from renewals.custody.preparing import prepare
from renewals.errors import MandateMissing, NotVisible
from renewals.models import Alert, AlertKind, Checkout, CheckoutState, Mandate, StandIn
from renewals.models.checkout import Form
from renewals.pki.pfx import open_pfx
from renewals.vault import storing
from renewals.vault.taking import take_custody
from tests import factories
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def prepared(checkout: Checkout) -> Checkout:
    prepare(checkout_id=checkout.pk, now=timezone.now())
    return Checkout.objects.get(pk=checkout.pk)


@pytest.fixture
def stands_in(ana, beto, carla):
    """Carla stands in for beto today."""
    today = timezone.localdate()
    StandIn.objects.create(person=beto, stand_in=carla, from_on=today, until_on=today, by=ana)


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        ({"revoked_at": timezone.now()}, "mandate_missing"),
        ({"kinds": ["csd"]}, "mandate_missing"),
        ({"confirmed_by": None, "confirmed_at": None}, "mandate_not_confirmed"),
        ({"accepted_at": None, "accepted_by": ""}, "mandate_not_accepted"),
        ({"valid_until_on": timezone.localdate() - timedelta(days=1)}, "mandate_ended"),
    ],
)
def test_a_mandate_that_was_lost_between_asking_and_preparing_opens_nothing(ask, certificate, meanwhile, code):
    checkout = ask()
    Mandate.objects.update(**meanwhile)
    row = prepared(checkout)
    assert (row.state, row.failure_code, row.package) == (CheckoutState.FAILED, code, None)
    assert not [event for event in audit.history_of(certificate) if "checkout" in event.facts]


def test_a_mandate_that_the_web_process_only_names_is_none(ask, ana):
    """Another company's mandate in the request's own row does not help."""
    checkout = ask()
    other = factories.company(rfc="XIA190128J61", name="Xenon")
    Mandate.objects.filter(company=checkout.company_id).update(revoked_at=timezone.now(), revoked_by=ana)
    Checkout.objects.update(mandate=other.mandates.get())
    assert prepared(checkout).failure_code == "mandate_missing"


def test_files_that_are_ready_do_not_go_out_under_a_mandate_that_ended_since(ask, beto, transport_key):
    row = prepared(ask())
    mandates.revoke(mandate=Mandate.objects.get(), reason="Se fue", by=beto, now=timezone.now())
    mine = {"checkout": row, "person": beto, "transport_key": transport_key, "now": timezone.now()}
    for fetch in (taking.take, taking.show_passphrase):
        with pytest.raises(MandateMissing):
            fetch(**mine)
    assert Checkout.objects.get().state == CheckoutState.READY


def test_a_stand_in_gets_files_on_their_days_and_partners_hear_of_the_first_time(ask, stands_in, carla):
    row = prepared(ask(person=carla))
    assert row.state == CheckoutState.READY
    assert Alert.objects.filter(kind=AlertKind.FIRST_TIME, person=carla, company=row.company_id).exists()


def test_what_a_stand_in_asked_for_does_not_go_out_once_that_is_over(ask, stands_in, carla):
    asked, ready = ask(person=carla), prepared(ask(person=carla))
    assert checkout_for(carla, ready.pk) == ready
    StandIn.objects.update(ended_at=timezone.now())
    row = prepared(asked)
    assert (row.state, row.failure_code, row.package) == (CheckoutState.FAILED, "not_visible", None)
    with pytest.raises(NotVisible):
        checkout_for(carla, ready.pk)


def test_the_record_says_under_which_mandate_and_in_which_role(ask, beto):
    row = prepared(ask())
    mandate = Mandate.objects.get()
    assert row.mandate == mandate
    event = next(one for one in audit.history_of(row) if one.name == "checkout.prepared")
    assert event.facts == {"role": "auxiliar", "mandate": mandate.pk}


def fetched(ask, beto, transport_key, form: Form, **wanted) -> tuple[dict[str, bytes], str]:
    row = prepared(ask(terms=Terms(form=form), **wanted))
    assert row.state == CheckoutState.READY, row.failure_code
    mine = {"checkout": row, "person": beto, "transport_key": transport_key, "now": timezone.now()}
    passphrase = taking.show_passphrase(**mine)
    with zipfile.ZipFile(io.BytesIO(taking.take(**mine))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}, passphrase


@pytest.mark.parametrize("form", [Form.PFX, Form.PFX_WINDOWS])
@pytest.mark.parametrize("kept_as", ["private_key", "pfx"])
def test_a_pair_goes_out_as_a_pfx_that_its_own_passphrase_opens(ask, beto, transport_key, pair, form, kept_as):
    wanted = {} if kept_as == "private_key" else {"certificate": _kept_as_pfx(beto, pair := make_pair("efirma"))}
    files, passphrase = fetched(ask, beto, transport_key, form, **wanted)
    ((name, pfx),) = files.items()
    assert name.endswith(".pfx")
    assert passphrase == pair.passphrase
    opened = open_pfx(pfx, passphrase)
    assert opened.certificate_der == pair.certificate
    assert opened.key.private_numbers() == pair.key.private_numbers()


def _kept_as_pfx(beto, pair):
    row = factories.certificate(factories.company(rfc="XIA190128J61", name="Xenon", responsible=beto), pair)
    sealed = storing.seal_pair(company_id=row.company_id, container="pfx", data=pair.pfx(), passphrase=pair.passphrase)
    with transaction.atomic():
        (key_id,) = storing.store_sealed([(sealed, row)], by=Machine("test"))
    take_custody(key_id=key_id, now=timezone.now())
    row.refresh_from_db()
    return row
