"""When somebody leaves, the firm learns which keys they had, which they only could have had, and what to do."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from renewals.clients.assignments import assign, unassign
from renewals.custody import asking, preparing, taking
from renewals.desk.leaver import Use, leaver_report
from renewals.models import Certificate, Checkout, KeyWork, KeyWorkKind, KeyWorkState, Person, Renewal
from renewals.people.stand_ins import appoint_stand_in, end_stand_in
from renewals.vault.signing import sign_pdf
from renewals.vault.taking import take_custody
from tests import factories, pdfs
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def kept(company, kind: str = "npie", **terms: object) -> Certificate:
    pair = make_pair(kind, rfc=company.rfc, **terms)  # type: ignore[arg-type]  # by name
    row = factories.certificate(company, pair)
    take_custody(key_id=factories.sealed_key(row, pair), now=timezone.now())
    row.refresh_from_db()
    return row


@pytest.fixture
def theirs(vault_keys, beto):
    return factories.company(responsible=beto)


def asked(certificate: Certificate, person: Person) -> tuple[Checkout, bytes]:
    now, transport_key = timezone.now(), asking.new_transport_key()
    checkout = asking.ask(
        certificate=certificate,
        reason="Entrar al portal",
        person=person,
        confirmed_at=now,
        from_address=None,
        transport_key=transport_key,
        now=now,
    )
    preparing.prepare(checkout_id=checkout.pk, now=now)
    checkout.refresh_from_db()
    return checkout, transport_key


def took(certificate: Certificate, person: Person) -> None:
    checkout, transport_key = asked(certificate, person)
    taking.take(checkout=checkout, person=person, transport_key=transport_key, now=timezone.now())


def uses(person: Person) -> dict[int, Use]:
    report = leaver_report(Person.objects.get(pk=person.pk))
    return {line.certificate.pk: line.use for line in (*report.to_renew, *report.other)}


def leave(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(is_active=False)


def test_what_went_out_is_told_from_what_could_have(theirs, beto):
    taken, prepared, signed, could = (
        kept(theirs, "npie"),
        kept(theirs, "efirma"),
        kept(theirs, "csd", branch="Norte"),
        kept(theirs, "csd", branch="Sur"),
    )
    took(taken, beto)
    asked(prepared, beto)
    sign_pdf(
        document=pdfs.letter(),
        certificate=signed,
        signing_id=uuid4(),
        why="x",
        by=beto,
        reason="Firmar",
        now=timezone.now(),
    )
    leave(beto)
    assert uses(beto) == {taken.pk: Use.TAKEN, prepared.pk: Use.OPENED, signed.pk: Use.SIGNED, could.pk: Use.COULD}
    report = leaver_report(beto)
    assert [line.certificate for line in report.to_renew] == [taken]
    assert [line.company for line in report.to_rekey] == [theirs]


def test_a_passphrase_that_was_only_looked_at_counts_as_taken(theirs, beto):
    certificate = kept(theirs)
    checkout, transport_key = asked(certificate, beto)
    taking.show_passphrase(checkout=checkout, person=beto, transport_key=transport_key, now=timezone.now())
    assert uses(beto) == {certificate.pk: Use.TAKEN}


def test_rows_that_were_made_to_forget_change_nothing(theirs, beto):
    certificate = kept(theirs)
    took(certificate, beto)
    Checkout.objects.all().delete()
    assert uses(beto) == {certificate.pk: Use.TAKEN}


def test_a_company_that_was_taken_away_again_was_still_within_reach(vault_keys, ana, carla):
    company = factories.company(responsible=ana)
    certificate = kept(company)
    assert uses(carla) == {}
    assign(company=company, person=carla, by=ana)
    unassign(company=company, person=carla, by=ana)
    assert uses(carla) == {certificate.pk: Use.COULD}


def test_everything_was_within_a_partners_reach(theirs, ana, dalia):
    certificate = kept(theirs)
    assert leaver_report(ana).saw_everything
    assert uses(ana) == {certificate.pk: Use.COULD}
    assert uses(dalia) == {}


def test_the_list_grows_shorter_as_it_is_worked_off(theirs, beto):
    certificate = kept(theirs)
    took(certificate, beto)
    (line,) = leaver_report(beto).to_renew
    assert (line.renewal, line.is_done) == (None, False)
    Certificate.objects.filter(pk=certificate.pk).update(retired_at=timezone.now())
    (line,) = leaver_report(beto).to_renew
    assert line.is_done
    now = timezone.now()
    work = KeyWork.objects.create(kind=KeyWorkKind.REKEY, company=theirs, asked_at=now)
    assert leaver_report(beto).to_rekey[0].is_under_way
    KeyWork.objects.filter(pk=work.pk).update(state=KeyWorkState.DONE, open=None, finished_at=now)
    assert leaver_report(beto).to_rekey[0].rekeyed_at == now
    # One that was finished before the last time they took something does not count.
    KeyWork.objects.filter(pk=work.pk).update(finished_at=now - timedelta(days=1))
    assert leaver_report(beto).to_rekey[0].rekeyed_at is None


@pytest.fixture
def partner(client, ana):
    client.force_login(ana)
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    return client


def test_taking_access_leads_to_the_list_and_the_list_to_the_work(partner, theirs, beto):
    certificate = kept(theirs)
    took(certificate, beto)
    done = partner.post(reverse("person_take_access", args=[beto.pk]))
    assert done.headers["Location"] == reverse("leaver", args=[beto.pk])
    page = partner.get(done.headers["Location"]).content.decode()
    assert "Ya no tiene acceso." in page
    assert "Empezar la renovación" in page
    assert "Cambiar la llave de datos" in page
    partner.post(reverse("renewal_start", args=[certificate.pk]))
    assert Renewal.objects.under_way().filter(certificate=certificate).exists()
    partner.post(reverse("leaver_rekey", args=[beto.pk, theirs.pk]))
    assert KeyWork.objects.get().kind == KeyWorkKind.REKEY
    page = partner.get(done.headers["Location"]).content.decode()
    assert "Abrir la renovación" in page
    assert "En curso" in page
    Certificate.objects.update(retired_at=timezone.now())
    page = partner.get(done.headers["Location"]).content.decode()
    assert "Ya se sustituyó" in page
    assert "si no se revocó" in page
    # Pressed twice: one work, and the second is told.
    again = partner.post(reverse("leaver_rekey", args=[beto.pk, theirs.pk]), follow=True)
    assert KeyWork.objects.count() == 1
    assert "notice" in again.content.decode()


def test_somebody_who_took_nothing_leaves_nothing_to_do(partner, theirs, beto):
    kept(theirs)
    page = partner.get(reverse("leaver", args=[beto.pk])).content.decode()
    assert "No descargó ninguna llave" in page
    assert "Pudo pedirla y no la pidió" in page


def told(username: str, *options: str) -> str:
    out = io.StringIO()
    call_command("leaver_report", username, *options, stdout=out)
    return out.getvalue()


def test_the_command_tells_the_same(theirs, beto):
    certificate = kept(theirs)
    took(certificate, beto)
    answer = json.loads(told("beto", "--json"))
    assert answer["certificates"][0]["use"] == "taken"
    assert answer["certificates"][0]["serial"] == certificate.serial
    assert answer["companies_to_rekey"] == [
        {"company_rfc": theirs.rfc, "company_name": theirs.name, "rekeyed_at": None, "under_way": False}
    ]
    text = told("beto")
    assert "La descargó o vio su contraseña" in text
    assert f"Llave de datos de {theirs.name} ({theirs.rfc}): falta" in text


def test_the_command_says_when_nobody_has_the_name(db):
    with pytest.raises(CommandError, match="nadie tiene el usuario"):
        told("nadie")


def test_a_company_in_which_somebody_only_stood_in_was_within_their_reach(theirs, ana, beto, carla):
    certificate, now = kept(theirs), timezone.now()
    today, eva = timezone.localdate(now), factories.person("eva")
    days = {"from_on": today, "until_on": today, "by": ana, "confirmed_at": now, "now": now}
    absence = appoint_stand_in(person=beto, stand_in=carla, **days)
    appoint_stand_in(person=carla, stand_in=eva, **days)
    later = days | {"from_on": today + timedelta(days=2), "until_on": today + timedelta(days=2)}
    appoint_stand_in(person=beto, stand_in=factories.person("fabi"), **later)
    end_stand_in(absence=absence, by=ana, confirmed_at=now, now=now)

    for somebody in (carla, eva):
        assert uses(somebody) == {certificate.pk: Use.COULD}, somebody
    assert uses(factories.person("fabi")) == {}, "that day has not come"


def test_what_a_leaver_leaves_to_others_is_named(theirs, ana, beto, carla, client):
    Person.objects.filter(pk=carla.pk).update(lead=beto)
    client.post(reverse("sign_in"), {"username": "ana", "password": factories.PASSWORD})
    client.post(reverse("person_take_access", args=[beto.pk]))
    page = client.get(reverse("leaver", args=[beto.pk])).content.decode()
    assert "Responde por 1 empresa." in page
    assert "Es líder de carla." in page
