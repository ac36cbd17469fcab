"""Can two partners part with a client from the first page to the proof in the client's hands?"""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from renewals import errors
from renewals.approvals.asking import ask
from renewals.audit import Machine, history_of, history_of_company
from renewals.desk import offboarding
from renewals.desk.offboarding import Step, parting_of
from renewals.models import (
    Announcement,
    Approval,
    ApprovalKind,
    ApprovalState,
    Checkout,
    CheckoutState,
    Company,
    Destruction,
    KeyWork,
    Person,
    Renewal,
    RenewalState,
)
from renewals.procedure.queueing import queue_renewals
from renewals.web.identity import SESSION_KEY
from tests.factories import company, person
from tests.integration.desk.rows import listed
from tests.integration.vault.kept import a_day_later
from tests.integration.vault.parting import kept_pair

if TYPE_CHECKING:
    from renewals.models import Certificate

pytestmark = pytest.mark.django_db


@pytest.fixture
def eva(db: None) -> Person:
    """A second partner."""
    return person("eva", role="socio", first_name="Eva")


@pytest.fixture
def theirs(beto: Person) -> Company:
    return company(responsible=beto)


def browser(somebody: Person) -> Client:
    """Signed in, with the password typed a moment ago."""
    client = Client()
    client.force_login(somebody)
    session = client.session
    session[SESSION_KEY] = timezone.now().isoformat()
    session.save()
    return client


def shown(client: Client, name: str, key: object) -> str:
    return client.get(reverse(name, args=[key])).content.decode()


def closed(theirs: Company, by: Person) -> Company:
    now = timezone.now()
    offboarding.close(company=theirs, reason="Se fue", by=by, confirmed_at=now, now=now)
    theirs.refresh_from_db()
    return theirs


def open_checkout(certificate: Certificate, by: Person) -> Checkout:
    now = timezone.now()
    return Checkout.objects.create(
        company=certificate.company,
        what="certificate_pair",
        certificate=certificate,
        person=by,
        reason="Entrar al portal",
        state=CheckoutState.READY,
        package=b"locked",
        passphrase_box=b"locked",
        asked_at=now,
        expires_at=now + timedelta(minutes=5),
    )


@pytest.mark.django_db(transaction=True)
def test_from_the_first_page_to_the_proof(ana, eva, vault_keys, work):
    theirs, certificate = kept_pair()
    hers, evas = browser(ana), browser(eva)
    page = shown(hers, "company_offboarding", theirs.pk)
    assert str(certificate) in page
    assert f"{reverse('checkout_ask')}?certificado={certificate.pk}" in page
    told = {"reason": "Cambió de despacho", "handed_back": "returned"}
    hers.post(reverse("company_close", args=[theirs.pk]), told)
    theirs.refresh_from_db()
    assert theirs.closed_at is not None
    hers.post(reverse("company_erase", args=[theirs.pk]), {"erase-reason": "Lo pide el cliente"})
    approval = Approval.objects.get()
    assert "Puede aprobarlo: Eva." in shown(hers, "company_offboarding", theirs.pk)
    asked = shown(evas, "approval", approval.pk)
    assert "«Lo pide el cliente»" in asked
    assert "Llaves que se destruyen" in asked
    evas.post(reverse("approval_approve", args=[approval.pk]))
    assert "La bóveda va a anunciar el borrado." in shown(hers, "company_offboarding", theirs.pk)
    state = reverse("company_offboarding_state", args=[theirs.pk])
    assert "X-Live" not in hers.get(state).headers
    work()
    assert hers.get(state).headers["X-Live"] == "done"
    announced = shown(hers, "company_offboarding", theirs.pk)
    assert "Detener el borrado" in announced
    assert date_format(localtime(Announcement.objects.get().due_at), r"j \d\e F \d\e Y, H:i") in announced
    assert not Destruction.objects.exists()
    a_day_later(KeyWork.objects.get())
    assert "La bóveda está borrando las llaves." in shown(hers, "company_offboarding", theirs.pk)
    assert "X-Live" not in hers.get(state).headers
    work()
    assert hers.get(state).headers["X-Live"] == "done"
    row = Destruction.objects.get()
    assert reverse("destruction", args=[row.pk]) in shown(hers, "company_offboarding", theirs.pk)
    assert reverse("destruction", args=[row.pk]) in shown(hers, "company", theirs.pk)
    assert "openssl pkeyutl -verify" in shown(hers, "destruction", row.pk)
    package = hers.get(reverse("destruction_file", args=[row.pk, "todo.zip"])).content
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (key,) = [load_pem_public_key(content) for name, content in files.items() if name.endswith(".pem")]
    assert isinstance(key, Ed25519PublicKey)
    for name in [one for one in files if f"{one}.sig" in files]:
        key.verify(files[f"{name}.sig"], files[name])
    assert len(files) == 5
    assert hers.get(reverse("destruction_file", args=[row.pk, "otro.pdf"])).status_code == 404


def test_everything_open_ends_with_the_company(ana, beto, eva, theirs):
    certificate = listed(theirs, days=10)
    queue_renewals(certificates=[certificate], by=Machine("sweep"), now=timezone.now())
    checkout = open_checkout(certificate, beto)
    others = open_checkout(listed(company(rfc="CACX7605101P8", responsible=beto), days=10), beto)
    now = timezone.now()
    asked = [
        ask(kind=ApprovalKind.SIGN_DOCUMENT, company=theirs, reason="Firmar", by=one, confirmed_at=now, now=now)
        for one in (ana, beto)
    ]
    parting = parting_of(theirs, now=timezone.now())
    assert (parting.renewals, parting.checkouts, parting.requests) == (1, 1, 2)
    closed(theirs, ana)
    renewal = Renewal.objects.get()
    assert (renewal.state, renewal.closing_reason) == (RenewalState.CANCELLED, "La empresa se dio de baja: Se fue")
    checkout.refresh_from_db()
    assert (checkout.state, checkout.package, checkout.passphrase_box) == (CheckoutState.EXPIRED, None, None)
    assert history_of(checkout)[0].name == "checkout.revoked"
    others.refresh_from_db()
    assert others.state == CheckoutState.READY
    states = dict(Approval.objects.values_list("asked_by__username", "state"))
    assert states == {"ana": ApprovalState.WITHDRAWN, "beto": ApprovalState.REFUSED}
    assert len(asked) == 2


def test_the_page_tells_when_the_files_of_each_certificate_last_went_out(ana, beto, theirs):
    alone, together, never = [listed(theirs, days=days, serial=str(days)) for days in (10, 20, 30)]
    for certificate, bundle in ((alone, []), (None, [together.pk])):
        row = open_checkout(alone, beto)
        kept = {"certificate": certificate, "bundle": bundle, "state": CheckoutState.TAKEN, "taken_at": timezone.now()}
        Checkout.objects.filter(pk=row.pk).update(**kept)
    went_out = {one.certificate: one.last is not None for one in parting_of(theirs, now=timezone.now()).held}
    assert went_out == {alone: True, together: True, never: False}
    page = shown(browser(ana), "company_offboarding", theirs.pk)
    assert f"{reverse('bundle_ask')}?certificados={alone.pk},{together.pk},{never.pk}" in page


def test_all_of_it_or_nothing(ana, theirs):
    queue_renewals(certificates=[listed(theirs, days=10)], by=Machine("sweep"), now=timezone.now())
    now = timezone.now()
    with pytest.raises(errors.ConfirmationNeeded):
        offboarding.close(company=theirs, reason="Se fue", by=ana, confirmed_at=None, now=now)
    theirs.refresh_from_db()
    assert theirs.closed_at is None
    assert Renewal.objects.under_way().count() == 1


def test_the_reason_tells_what_became_of_the_files(ana, theirs):
    told = {"reason": "Cambió de despacho", "handed_back": "not_wanted"}
    browser(ana).post(reverse("company_close", args=[theirs.pk]), told)
    facts = history_of_company(theirs)[0].facts
    assert facts["reason"] == "Cambió de despacho · Archivos: el cliente no los quiere; solo se borran"


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(ana, theirs):
    client = browser(ana)
    page = client.post(reverse("company_close", args=[theirs.pk]), {"reason": "Cambió"}).content.decode()
    assert 'value="Cambió"' in page
    assert "Este campo es obligatorio" in page
    theirs.refresh_from_db()
    assert theirs.closed_at is None


def test_a_second_partner_who_closes_it_too_is_told(ana, eva, theirs):
    client = browser(eva)
    closed(theirs, ana)
    told = {"reason": "Cambió de despacho", "handed_back": "returned"}
    page = client.post(reverse("company_close", args=[theirs.pk]), told).content.decode()
    assert "Se dio de baja el" in page
    assert history_of_company(theirs).filter(name="company.closed").count() == 1


def test_a_company_without_keys_needs_no_second_person(ana, theirs):
    client = browser(ana)
    closed(theirs, ana)
    assert "no hay llaves que borrar" in shown(client, "company_offboarding", theirs.pk)
    page = client.post(reverse("company_erase", args=[theirs.pk]), {"erase-reason": "x"}).content.decode()
    assert "no hay nada que borrar" in page
    assert not KeyWork.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_where_nobody_can_be_the_second_person_the_page_says_so(ana, vault_keys):
    theirs, _ = kept_pair()
    client = browser(ana)
    closed(theirs, ana)
    client.post(reverse("company_erase", args=[theirs.pk]), {"erase-reason": "x"})
    assert "Nadie más puede aprobarlo" in shown(client, "company_offboarding", theirs.pk)


@pytest.mark.django_db(transaction=True)
def test_a_refused_wish_is_told_and_can_be_asked_again(ana, eva, vault_keys, work):
    theirs, _ = kept_pair()
    client = browser(ana)
    closed(theirs, ana)
    client.post(reverse("company_erase", args=[theirs.pk]), {"erase-reason": "x"})
    browser(eva).post(reverse("approval_refuse", args=[Approval.objects.get().pk]))
    work()
    assert parting_of(theirs, now=timezone.now()).step == Step.CLOSED
    page = shown(client, "company_offboarding", theirs.pk)
    assert "La solicitud anterior no se hizo." in page
    assert "Pedir el borrado de las llaves" in page


@pytest.mark.django_db(transaction=True)
def test_a_wish_that_was_stopped_is_told_and_the_keys_stay(ana, eva, vault_keys, work):
    theirs, _ = kept_pair()
    client = browser(ana)
    closed(theirs, ana)
    client.post(reverse("company_erase", args=[theirs.pk]), {"erase-reason": "x"})
    approval = Approval.objects.get()
    browser(eva).post(reverse("approval_approve", args=[approval.pk]))
    work()
    client.post(reverse("approval_withdraw", args=[approval.pk]))
    work()
    page = shown(client, "company_offboarding", theirs.pk)
    assert "Se detuvo antes de que se hiciera: las llaves siguen en resguardo." in page
    assert "Pedir el borrado de las llaves" in page
    a_day_later(KeyWork.objects.get())
    work()
    assert not Destruction.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_company_comes_back_and_the_wish_to_erase_ends(ana, eva, vault_keys, work):
    theirs, certificate = kept_pair()
    client = browser(ana)
    closed(theirs, ana)
    client.post(reverse("company_erase", args=[theirs.pk]), {"erase-reason": "x"})
    client.post(reverse("company_reopen", args=[theirs.pk]), {"reopen-reason": "Volvió"})
    theirs.refresh_from_db()
    certificate.refresh_from_db()
    assert (theirs.closed_at, certificate.retired_at) == (None, None)
    assert Approval.objects.get().state == ApprovalState.WITHDRAWN
    work()
    assert not Destruction.objects.exists()
    assert parting_of(theirs, now=timezone.now()).step == Step.OPEN


@pytest.mark.django_db(transaction=True)
def test_a_company_whose_keys_are_being_destroyed_does_not_come_back_in_between(ana, eva, vault_keys):
    theirs, _ = kept_pair()
    client = browser(ana)
    closed(theirs, ana)
    client.post(reverse("company_erase", args=[theirs.pk]), {"erase-reason": "x"})
    Approval.objects.update(state=ApprovalState.USED, decided_by=eva)
    page = client.post(reverse("company_reopen", args=[theirs.pk]), {"reopen-reason": "Volvió"}).content.decode()
    assert "se borraron y hay constancia" in page
    theirs.refresh_from_db()
    assert theirs.closed_at is not None


def test_the_page_of_a_company_that_was_given_up_says_so_and_offers_no_work(ana, beto, theirs):
    closed(theirs, ana)
    page = shown(browser(beto), "company", theirs.pk)
    assert "Empresa dada de baja el" in page
    assert "Subir certificado" not in page
    assert reverse("company_offboarding", args=[theirs.pk]) not in page
    assert reverse("company_offboarding", args=[theirs.pk]) in shown(browser(ana), "company", theirs.pk)


def test_whoever_has_not_typed_the_password_lately_types_it_before_the_form(ana, theirs):
    client = Client()
    client.force_login(ana)
    response = client.get(reverse("company_offboarding", args=[theirs.pk]))
    assert response.headers["Location"].startswith(reverse("confirm_identity"))
