"""A question goes to one reader at the client, half of what opens it by mail and half by telephone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.asking import requesting
from renewals.asking.requesting import ALPHABET, MOST_OPEN
from renewals.audit import Machine
from renewals.clients.companies import ContactFacts, state_of, update_company
from renewals.errors import NotPermitted, NotVisible
from renewals.errors.asking import (
    AskedAlready,
    AskingDaysWrong,
    CertificateUnsaid,
    KeyKeptAlready,
    LetterWithoutRenewal,
    MailboxAskedAlone,
    NothingAsked,
    NothingToAccept,
    ReaderMissing,
    ReaderOfTheFirm,
    ReaderWrittenByOneself,
    RenewalMailboxMissing,
    RequestOver,
    TooManyAsked,
)
from renewals.models import BounceSource, ClientRequest, Contact, Delivery, DeliveryState, RequestState
from renewals.notices import asking_clients, bounces
from tests import factories
from tests.integration.asking.conftest import ADDRESS
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db


def everything_written() -> str:
    """Every value of every row that the question left behind."""
    rows: list[Any] = [*ClientRequest.objects.values(), *Delivery.objects.values()]
    rows += [one.facts for row in ClientRequest.objects.all() for one in audit.history_of(row)]
    rows += [row.items.values() for row in ClientRequest.objects.all()]
    return repr(rows)


def test_the_link_goes_to_the_reader_alone_and_the_code_to_whoever_asks_alone(ask, work):
    asked = ask("certificate")
    work()
    [sent] = mail.outbox
    assert sent.to == [ADDRESS]
    assert isinstance(sent, EmailMultiAlternatives)
    bodies = [str(sent.body), *(str(part[0]) for part in sent.alternatives)]
    assert all(f"/enlace/{asked.token}/" in body for body in bodies)
    compact = asked.code.replace(" ", "")
    assert len(compact) == 8
    assert set(compact) <= set(ALPHABET)
    assert not any(code in body for body in bodies for code in (asked.code, compact))
    assert "Kemper" not in "".join(bodies)
    written = everything_written()
    assert asked.token not in written
    assert compact not in written
    assert asked.code not in written
    assert "solo va en el correo" in Delivery.objects.get().text


def test_the_page_shows_the_code_once_and_never_the_link(company, laura, beto):
    browser = Client()
    browser.force_login(beto)
    address = f"{reverse('client_request_new')}?empresa={company.pk}&que=certificate"
    page = browser.get(address).content.decode()
    assert 'value="certificate"' in page
    assert "checked" in page
    made = browser.post(address, {"what": ["certificate"], "contact": laura.pk, "days": 7}).content.decode()
    asked = ClientRequest.objects.get()
    assert "Díctale este código" in made
    assert "55 1234 5678" in made
    assert "/enlace/" not in made
    shown = browser.get(reverse("client_request", args=[asked.pk])).content.decode()
    assert "spoken-code" in made
    assert "spoken-code" not in shown
    assert "/enlace/" not in shown


@pytest.mark.parametrize(
    ("wanted", "otherwise", "refused"),
    [
        ((), {}, NothingAsked),
        (("pasaporte",), {}, NothingAsked),
        (("mailbox", "key"), {}, MailboxAskedAlone),
        (("certificate",), {"days": 0}, AskingDaysWrong),
        (("certificate",), {"days": 31}, AskingDaysWrong),
        (("certificate",), {"contact": None}, ReaderMissing),
        (("key",), {}, CertificateUnsaid),
        (("letter",), {}, LetterWithoutRenewal),
        (("mandate",), {}, NothingToAccept),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_by_name(ask, wanted, otherwise, refused):
    with pytest.raises(refused):
        ask(*wanted, **otherwise)
    assert not ClientRequest.objects.exists()


def test_nobody_but_a_contact_of_this_company_is_asked(ask, company, ana, beto):
    elsewhere = factories.company(rfc="XIA190128J61", name="Xenon", with_mandate=False)
    stranger = Contact.objects.create(company=elsewhere, name="Otra", email="otra@xenon.example")
    colleague = Contact.objects.create(company=company, name="Ana", email=ana.email.upper())
    for contact, refused in ((stranger, ReaderMissing), (colleague, ReaderOfTheFirm)):
        with pytest.raises(refused):
            ask("certificate", contact=contact)
    company.renewal_mailbox = ""
    with pytest.raises(RenewalMailboxMissing):
        ask("mailbox", company=company)


@pytest.mark.parametrize(("who", "refused"), [("carla", NotVisible), ("dalia", NotPermitted)])
def test_only_those_who_work_for_the_company_ask_and_take_back(ask, request, who, refused):
    person = request.getfixturevalue(who)
    asked = ask("certificate")
    with pytest.raises(refused):
        ask("certificate", by=person)
    with pytest.raises(refused):
        requesting.withdraw(request=asked.request, by=person, now=timezone.now())


def test_a_key_that_is_kept_is_not_asked_for(ask, company):
    kept = factories.certificate(company, make_pair(), pair_state="in_custody")
    with pytest.raises(KeyKeptAlready):
        ask("key", certificate=kept)


def test_what_is_asked_already_is_not_asked_twice_and_a_client_is_not_flooded(ask, company):
    ask("certificate")
    with pytest.raises(AskedAlready):
        ask("certificate")
    for number in range(MOST_OPEN - 1):
        contact = Contact.objects.create(company=company, name=f"C{number}", email=f"c{number}@kemper.example")
        ask("certificate", contact=contact)
    with pytest.raises(TooManyAsked):
        ask("mailbox")


def test_whoever_wrote_an_address_down_cannot_ask_it_for_the_client_s_yes(ask, company, beto, ana):
    factories.mandate(company, accepted_at=None, accepted_by="")
    told = {"rfc": company.rfc, "name": company.name, "responsible": company.responsible, "region": ""}
    told |= {"registros_patronales": [], "renewal_mailbox": company.renewal_mailbox}
    contacts = [ContactFacts(name="Laura Contadora", email="Otra@Kemper.example")]
    update_company(company=company, seen=state_of(company), contacts=contacts, by=beto, **told)
    written = Contact.objects.get()
    with pytest.raises(ReaderWrittenByOneself):
        ask("mandate", contact=written)
    ask("mandate", contact=written, by=ana)


def test_a_question_is_taken_back_and_its_mail_does_not_leave(ask, beto, work, settings):
    asked = ask("certificate")
    requesting.withdraw(request=asked.request, by=beto, now=timezone.now())
    work()
    assert mail.outbox == []
    with pytest.raises(RequestOver):
        requesting.withdraw(request=asked.request, by=beto, now=timezone.now())
    assert Client().post(reverse("client_link_open"), {"token": asked.token}).status_code == 404


def test_a_message_that_was_written_before_the_question_was_taken_back_is_withdrawn(ask, beto, work):
    asked = ask("certificate")
    asking_clients.write(request_id=asked.request.pk, now=timezone.now(), by=Machine("mail"))
    requesting.withdraw(request=asked.request, by=beto, now=timezone.now())
    work()
    assert mail.outbox == []
    assert Delivery.objects.get().state == DeliveryState.WITHDRAWN


def test_a_reader_who_was_exchanged_in_the_database_gets_no_link(ask, work):
    asked = ask("certificate")
    ClientRequest.objects.update(address="ladron@otro.example")
    work()
    assert mail.outbox == []
    assert Client().post(reverse("client_link_open"), {"token": asked.token}).status_code == 404


def test_what_nobody_answers_lapses_by_itself(ask, work):
    asked = ask("certificate", now=timezone.now() - timedelta(days=8))
    work()
    assert asked.now().state == RequestState.LAPSED
    assert mail.outbox == []
    assert "client_request.lapsed" in [one.name for one in audit.history_of(asked.request)]


@pytest.mark.parametrize(("is_permanent", "state"), [(True, RequestState.WITHDRAWN), (False, RequestState.OPEN)])
def test_a_link_whose_mail_came_back_for_good_opens_nothing_any_more(ask, work, is_permanent, state):
    asked = ask("certificate")
    work()
    sent = Delivery.objects.get(request=asked.request)
    report = bounces.Report(
        message_ids=[sent.message_id],
        addresses=[ADDRESS],
        status="5.1.1",
        is_permanent=is_permanent,
        source=BounceSource.MAILBOX,
        fingerprint="a" * 64,
    )
    assert bounces.record(report, now=timezone.now())
    work()
    assert asked.now().state == state
