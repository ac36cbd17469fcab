"""Does a message leave once, and is it never lost when it does not?"""

import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection

from renewals import audit
from renewals.audit import Machine
from renewals.desk import pending
from renewals.models import CalendarDay, Contact, Delivery, DeliveryState, Notice, NoticeState, Person
from renewals.notices import delivery
from renewals.notices.digest import assemble
from renewals.notices.message_id import thread_id
from tests.factories import company, person
from tests.letters import TODAY, letter, told
from tests.watching import at, watched

pytestmark = pytest.mark.django_db(transaction=True)

NOON = at(TODAY, 12)
BY = Machine("mail")


class Difficult(BaseEmailBackend):
    """A mail server that answers as the test wants."""

    answer: ClassVar[Exception | None] = None
    asked: ClassVar[int] = 0
    opened: ClassVar[int] = 0
    in_transaction: ClassVar[bool] = False
    meanwhile: ClassVar[Callable[[], object] | None] = None

    def open(self) -> bool:
        type(self).opened += 1
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        type(self).asked += 1
        type(self).in_transaction = connection.in_atomic_block
        if (meanwhile := type(self).meanwhile) is not None:
            meanwhile()
        if self.answer is not None:
            raise self.answer
        return len(email_messages)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Difficult"
    Difficult.answer, Difficult.meanwhile, Difficult.in_transaction = None, None, False
    Difficult.asked = Difficult.opened = 0
    return Difficult


@pytest.fixture
def message(beto) -> Delivery:
    row = watched(company(responsible=beto), expires_on=TODAY + timedelta(days=7))
    return letter(beto, told(row), made_at=NOON)


def send(row: Delivery, *, now: datetime = NOON) -> bool:
    return delivery.send(delivery_id=row.pk, now=now, by=BY)


def refused_for_good(address: str) -> Exception:
    return smtplib.SMTPRecipientsRefused({address: (550, b"5.1.1 no such user")})


def test_it_leaves_as_it_was_frozen_with_text_html_and_its_own_message_id(message):
    assert send(message)
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to) == (message.subject, message.text, ["beto@despacho.example"])
    assert sent.message()["Message-ID"] == message.message_id
    assert sent.message()["Auto-Submitted"] == "auto-generated"
    assert sent.message()["References"] is None
    assert isinstance(sent, EmailMultiAlternatives)
    assert sent.alternatives[0][0] == message.html
    message.refresh_from_db()
    assert message.state == DeliveryState.SENT
    assert message.sent_at is not None
    assert audit.history_of(message)[0].name == "delivery.sent"


def test_messages_about_one_certificate_refer_to_one_conversation(beto):
    row = watched(company(responsible=beto), expires_on=TODAY)
    one, two = (
        letter(beto, made_at=NOON, purpose=f"critical:{number}", thread_id=thread_id(row.pk)) for number in (1, 2)
    )
    assert send(one)
    assert send(two)
    told = [sent.message() for sent in mail.outbox]
    assert {message["References"] for message in told} == {message["In-Reply-To"] for message in told}
    assert len({message["Message-ID"] for message in told}) == 2


def test_it_is_sent_once_however_often_it_is_asked(message):
    assert send(message)
    assert not send(message)
    assert not send(message, now=NOON + timedelta(days=1))
    assert len(mail.outbox) == 1


def test_a_clock_that_was_set_back_sends_nothing_twice_and_loses_nothing(message):
    an_hour_earlier = NOON - timedelta(hours=1)
    assert not send(message, now=an_hour_earlier)
    assert send(message)
    assert not send(message, now=an_hour_earlier)
    assert len(mail.outbox) == 1


def test_two_workers_on_one_message_send_it_once(message):
    Delivery.objects.filter(pk=message.pk).update(state=DeliveryState.SENDING, lease_until=NOON + delivery.LEASE)
    assert not send(message)
    assert delivery.waiting(NOON, 10) == []
    assert mail.outbox == []


def test_a_message_whose_worker_died_is_found_again_when_its_lease_ran_out(message):
    Delivery.objects.filter(pk=message.pk).update(state=DeliveryState.SENDING, lease_until=NOON + delivery.LEASE)
    later = NOON + delivery.LEASE + timedelta(seconds=1)
    assert delivery.waiting(later, 10) == [message.pk]
    assert send(message, now=later)
    assert mail.outbox[0].message()["Message-ID"] == message.message_id


def test_the_server_is_spoken_to_outside_any_transaction(message, server):
    send(message)
    assert server.asked == 1
    assert not server.in_transaction


def test_many_messages_leave_over_one_connection(beto, server):
    for number in range(5):
        letter(beto, made_at=NOON, purpose=f"critical:{number}")
    assert pending.look(queue="default", now=NOON).done["mail"] == 5
    assert (server.asked, server.opened) == (5, 1)


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [
        (at(TODAY, 6, 59), False),
        (at(TODAY, 7), True),
        (at(TODAY, 19), False),
        (at(TODAY + timedelta(days=4), 12), False),  # a Saturday
        (at(TODAY + timedelta(days=13), 12), False),  # the Monday on which Benito Juárez is remembered
    ],
)
def test_what_can_wait_leaves_while_the_firm_works_and_what_is_critical_at_any_hour(beto, moment, leaves):
    daily = letter(beto, made_at=moment)
    critical = letter(beto, made_at=moment, purpose="critical:1", is_critical=True)
    assert delivery.waiting(moment, 10) == ([critical.pk, daily.pk] if leaves else [critical.pk])


def test_what_is_critical_leaves_before_what_can_wait_however_long_that_has_waited(beto):
    burning = letter(beto, made_at=NOON + timedelta(minutes=15), purpose="critical:1", is_critical=True)
    for number in range(3):
        letter(person(f"eva{number}"), made_at=NOON)
    assert delivery.waiting(NOON + timedelta(minutes=20), 2)[0] == burning.pk


def test_the_firm_s_own_calendar_opens_and_closes(message, ana):
    CalendarDay.objects.create(day=TODAY, authority="firm", is_open=False, source="Acuerdo interno", by=ana)
    assert delivery.waiting(NOON, 10) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ConnectionRefusedError(), "server_unreachable"),
        (TimeoutError(), "server_unreachable"),
        (smtplib.SMTPServerDisconnected(), "server_unreachable"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "server_refused"),
        (smtplib.SMTPSenderRefused(550, b"no", "avisos@localhost"), "server_refused"),
        (smtplib.SMTPRecipientsRefused({"beto@despacho.example": (450, b"later")}), "server_refused"),
        (smtplib.SMTPRecipientsRefused({"beto@despacho.example": (550, b"5.7.1 not for you")}), "server_refused"),
        (smtplib.SMTPRecipientsRefused({"beto@despacho.example": (554, b"no relay")}), "server_refused"),
        (smtplib.SMTPDataError(451, b"later"), "server_refused"),
        (RuntimeError("odd"), "unexpected_error"),
    ],
)
def test_a_server_that_fails_for_now_is_asked_again_later(message, server, answer, code):
    server.answer = answer
    assert not send(message)
    message.refresh_from_db()
    assert (message.state, message.failure_code, message.attempts) == (DeliveryState.PENDING, code, 1)
    assert delivery.waiting(NOON + timedelta(seconds=50), 10) == []
    server.answer = None
    assert send(message, now=NOON + timedelta(seconds=61))
    assert server.asked == 2


def test_the_pauses_grow_while_the_server_is_down(message, server):
    server.answer = ConnectionRefusedError()
    moment, pauses = at(TODAY, 7), []
    Delivery.objects.update(next_try_at=moment)
    for _ in range(7):
        send(message, now=moment)
        message.refresh_from_db()
        pauses.append(round((message.next_try_at - moment).total_seconds() / 60))
        moment = message.next_try_at
    assert pauses == [1, 5, 15, 60, 120, 120, 120]


def test_a_server_that_is_down_is_asked_by_one_message_and_left_alone_by_all(beto, server):
    for number in range(50):
        letter(beto, made_at=NOON, purpose=f"critical:{number}", is_critical=True)
    server.answer = ConnectionRefusedError()
    pending.look(queue="default", now=NOON)
    assert server.asked == 1
    assert delivery.waiting(NOON + timedelta(seconds=50), 100) == []
    server.answer = None
    assert pending.look(queue="default", now=NOON + timedelta(minutes=1)).done["mail"] == 50


def test_days_without_a_server_give_up_no_message(beto, server):
    row = letter(beto, made_at=NOON, purpose="alert:1", is_critical=True)
    server.answer = ConnectionRefusedError()
    moment = NOON
    for _ in range(2 * delivery.MOST_ATTEMPTS):
        send(row, now=moment)
        row.refresh_from_db()
        moment = row.next_try_at
    assert moment > NOON + timedelta(days=3)
    server.answer = None
    assert send(row, now=moment)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refused_for_good("beto@despacho.example"), "recipient_refused"),
        (smtplib.SMTPDataError(554, b"no"), "message_refused"),
    ],
)
def test_an_address_that_takes_no_mail_is_given_up_and_its_lines_wait_for_the_next_in_line(
    message, server, answer, code
):
    server.answer = answer
    assert not send(message)
    message.refresh_from_db()
    assert (message.state, message.failure_code) == (DeliveryState.FAILED, code)
    assert audit.history_of(message)[0].name == "delivery.failed"
    assert Notice.objects.get(mark=7).state == NoticeState.WAITING


def test_a_line_that_speaks_of_less_than_was_told_since_is_done_with(message, server, beto):
    certificate = Notice.objects.get().certificate
    sooner = letter(beto, told(certificate, mark=3), made_at=NOON, purpose="critical:2")
    assert send(sooner)
    server.answer = refused_for_good("beto@despacho.example")
    send(message)
    assert Notice.objects.get(mark=7).state == NoticeState.ABSORBED
    assert Notice.objects.get(mark=3).state == NoticeState.CARRIED


def test_one_that_refuses_one_address_serves_the_others(message, server, beto):
    eva = person("eva")
    to_eva = letter(eva, made_at=NOON)
    server.meanwhile = lambda: setattr(
        server, "answer", None if server.asked == 2 else refused_for_good("beto@despacho.example")
    )
    assert pending.look(queue="default", now=NOON).done["mail"] == 2
    message.refresh_from_db()
    to_eva.refresh_from_db()
    assert (message.state, to_eva.state) == (DeliveryState.FAILED, DeliveryState.SENT)
    assert server.opened == 1


def test_a_server_that_refuses_every_address_is_at_fault_itself(server):
    rows = [letter(person(f"eva{number}"), made_at=NOON) for number in range(10)]
    server.meanwhile = lambda: setattr(
        server, "answer", refused_for_good(Delivery.objects.get(state="sending").address)
    )
    pending.look(queue="default", now=NOON)
    assert server.asked == len(rows)
    assert Delivery.objects.filter(state=DeliveryState.PENDING).count() == len(rows) - delivery.REFUSES_EVERYBODY
    server.answer, server.meanwhile = None, None
    assert pending.look(queue="default", now=NOON + timedelta(minutes=1)).done["mail"] == 8


def refused_at_the_domain(*, answer: tuple[int, bytes]) -> Callable[[], None]:
    """What a server says that takes mail to every domain but one."""

    def ask() -> None:
        address = Delivery.objects.get(state="sending").address
        Difficult.answer = (
            smtplib.SMTPRecipientsRefused({address: answer}) if address.endswith("@gone.example") else None
        )

    return ask


@pytest.mark.parametrize("answer", [(550, b"5.1.2 no such domain"), (554, b"delivery error")])
def test_a_domain_that_is_gone_stops_nobody_else_s_mail(server, beto, answer):
    ours = company(responsible=beto)
    for number in range(4):
        gone = Contact.objects.create(company=ours, name="C", email=f"c{number}@gone.example", gets_notices=True)
        letter(None, contact=gone, company=ours, made_at=NOON)
    behind = letter(beto, made_at=NOON + timedelta(seconds=1))
    server.meanwhile = refused_at_the_domain(answer=answer)
    pending.look(queue="default", now=NOON + timedelta(minutes=1))
    behind.refresh_from_db()
    assert behind.state == DeliveryState.SENT


def test_an_address_that_was_refused_while_nobody_was_served_is_given_up_once_somebody_was(server, beto):
    ours = company(responsible=beto)
    for number in range(3):
        gone = Contact.objects.create(company=ours, name="C", email=f"c{number}@gone.example", gets_notices=True)
        letter(None, contact=gone, company=ours, made_at=NOON)
    server.meanwhile = refused_at_the_domain(answer=(550, b"5.1.2 no such domain"))
    pending.look(queue="default", now=NOON)
    assert Delivery.objects.get(state=DeliveryState.PENDING).failure_code == "server_refused"
    assert send(letter(beto, made_at=NOON))
    pending.look(queue="default", now=NOON + timedelta(minutes=1))
    assert not Delivery.objects.filter(state=DeliveryState.PENDING).exists()
    assert Delivery.objects.refused(since=NOON).count() == 3


def test_nobody_whose_access_was_taken_gets_what_may_have_left_before(message):
    Delivery.objects.update(failure_code="no_answer", attempts=1)
    Person.objects.filter(pk=message.person_id).update(is_active=False)
    assert not send(message)
    assert mail.outbox == []
    message.refresh_from_db()
    assert (message.state, message.failure_code) == (DeliveryState.FAILED, "recipient_left")
    assert Notice.objects.get(mark=7).state == NoticeState.WAITING


def test_a_mailbox_that_is_full_for_days_is_given_up(message, server, beto):
    row = letter(beto, made_at=NOON, purpose="alert:1", is_critical=True)
    server.answer = smtplib.SMTPRecipientsRefused({beto.email: (452, b"4.2.2 full")})
    moment = NOON
    for _ in range(delivery.MOST_ATTEMPTS):
        send(row, now=moment)
        row.refresh_from_db()
        moment = row.next_try_at
    assert (row.state, row.failure_code) == (DeliveryState.FAILED, "server_refused")


def test_a_message_that_kills_every_worker_is_given_up_in_the_end(message, server):
    Delivery.objects.filter(pk=message.pk).update(
        state=DeliveryState.SENDING, lease_until=NOON, own_attempts=delivery.MOST_ATTEMPTS
    )
    assert not send(message, now=NOON + timedelta(seconds=1))
    assert server.asked == 0
    message.refresh_from_db()
    assert message.state == DeliveryState.FAILED


def test_what_another_partner_was_told_is_told_to_nobody_again(server):
    ana, eva = person("ana", role="socio"), person("eva", role="socio")
    notice = told(watched(company(), expires_on=TODAY + timedelta(days=7)))
    to_ana, to_eva = letter(ana, notice, made_at=NOON), letter(eva, notice, made_at=NOON)
    assert send(to_ana)
    server.answer = refused_for_good("eva@despacho.example")
    send(to_eva)
    assert assemble(now=NOON, by=BY).unreachable == 0
    assert Notice.objects.get(mark=7).state == NoticeState.CARRIED
    assert notice.lines.count() == 2


def test_an_answer_after_the_lease_ran_out_changes_nothing_of_the_next_holders(message, server):
    # While the server was thinking, the lease ran out and another worker took the message.
    server.meanwhile = lambda: Delivery.objects.filter(pk=message.pk).update(lease_until=NOON + timedelta(hours=1))
    assert not send(message)
    message.refresh_from_db()
    assert message.state == DeliveryState.SENDING


def test_the_desk_says_why_a_message_did_not_leave(message, server, ana, client):
    server.answer = refused_for_good("beto@despacho.example")
    send(message)
    client.force_login(ana)
    page = client.get(f"/admin/renewals/delivery/{message.pk}/change/")
    assert "El servidor no acepta esa dirección de correo" in page.content.decode()
