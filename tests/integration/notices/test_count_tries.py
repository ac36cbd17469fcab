"""Which tries are held against a message, so that others are told instead, and which are nobody's fault?"""

import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, connection

from renewals.audit import Machine
from renewals.desk import pending
from renewals.models import Certificate, Delivery, DeliveryState, Person
from renewals.notices import delivery
from renewals.notices.round import sweep
from renewals.notices.smtp import NoAnswer
from tests.factories import company, person
from tests.letters import TODAY, letter, told
from tests.watching import at, watched

pytestmark = pytest.mark.django_db

NOON = at(TODAY, 12)
BY = Machine("mail")
MAIL = [job for job in pending.JOBS if job.name == "mail"]


class OneFaulty(BaseEmailBackend):
    """A mail server that has a fault for eva only, and takes everybody else's mail."""

    fault: ClassVar[Exception | None] = None
    asked: ClassVar[int] = 0

    def open(self) -> bool:
        return True

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        type(self).asked += 1
        if self.fault is not None and email_messages[0].to == ["eva@despacho.example"]:
            raise self.fault
        return 1


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = f"{__name__}.OneFaulty"
    OneFaulty.fault, OneFaulty.asked = None, 0
    return OneFaulty


@pytest.fixture
def eva():
    """Whom the server does not serve."""
    return person("eva")


def full(code: int = 452, words: bytes = b"4.2.2 mailbox full") -> Exception:
    return smtplib.SMTPRecipientsRefused({"eva@despacho.example": (code, words)})


def tried(row: Delivery, times: int) -> datetime:
    """Let it be tried so often, each time when its moment has come, and say when it would be again."""
    for _ in range(times):
        delivery.send(delivery_id=row.pk, now=row.next_try_at, by=BY)
        row.refresh_from_db()
    return row.next_try_at


@pytest.fixture
def after_days_of_outage(server, eva) -> Delivery:
    row = letter(eva, made_at=NOON, purpose="alert:1", is_critical=True)
    server.fault = ConnectionRefusedError()
    assert tried(row, 2 * delivery.MOST_ATTEMPTS) > NOON + timedelta(days=3)
    assert row.state == DeliveryState.PENDING
    return row


def test_tries_that_reached_no_server_are_not_held_against_a_message(after_days_of_outage, server):
    row = after_days_of_outage
    server.fault = full(451, b"4.7.1 greylisted")
    tried(row, delivery.MOST_ATTEMPTS - 1)
    assert row.state == DeliveryState.PENDING
    server.fault = None
    assert delivery.send(delivery_id=row.pk, now=row.next_try_at, by=BY)


def test_a_worker_that_dies_once_after_days_without_a_server_loses_nothing(after_days_of_outage, server):
    row = after_days_of_outage
    Delivery.objects.update(state=DeliveryState.SENDING, lease_until=row.next_try_at)
    server.fault = None
    assert delivery.send(delivery_id=row.pk, now=row.next_try_at + timedelta(seconds=1), by=BY)


def test_a_server_that_falls_silent_once_after_days_without_it_loses_nothing(after_days_of_outage, server):
    row = after_days_of_outage
    server.fault = NoAnswer()
    tried(row, 1)
    server.fault = None
    assert delivery.send(delivery_id=row.pk, now=row.next_try_at, by=BY)


def test_a_message_that_is_never_answered_is_given_up_in_the_end(server, eva):
    row = letter(eva, made_at=NOON, purpose="alert:1", is_critical=True)
    server.fault = NoAnswer()
    tried(row, delivery.MOST_ATTEMPTS + 2)
    assert (row.state, row.failure_code) == (DeliveryState.FAILED, "unexpected_error")


def test_a_mailbox_that_is_full_for_days_has_somebody_else_told(server, eva, ana):
    certificate = watched(company(responsible=eva), expires_on=TODAY + timedelta(days=30))
    server.fault = full()
    for day in (TODAY + timedelta(days=number) for number in range(7)):
        pending.look(queue="default", now=at(day, 3), jobs=MAIL)
        sweep(now=at(day, 8), by=BY)
        Delivery.objects.filter(state=DeliveryState.PENDING, attempts=0).update(next_try_at=at(day, 8))
        for hour in range(8, 19, 2):
            pending.look(queue="default", now=at(day, hour, 30), jobs=MAIL)
    tellings = Delivery.objects.filter(lines__notice__certificate=certificate, lines__notice__mark=30)
    assert set(tellings.filter(state=DeliveryState.SENT).values_list("person__username", flat=True)) == {"ana"}
    # Each was withdrawn on the next day, until the tries of all together were too many.
    assert tellings.filter(person=eva, state=DeliveryState.WITHDRAWN).count() == 3
    assert tellings.filter(person=eva, state=DeliveryState.FAILED).count() == 1


@pytest.mark.parametrize(
    ("since", "counted"),
    [
        ({}, 20),
        ({"state": "sent"}, 0),
        ({"state": "failed", "failure_code": "message_refused"}, 20),
    ],
)
def test_tries_are_counted_until_something_arrives(eva, since, counted):
    watched(company(responsible=eva), expires_on=TODAY + timedelta(days=30))
    before = at(TODAY - timedelta(days=1), 8)
    letter(eva, made_at=before, state="withdrawn", own_attempts=20)
    letter(eva, made_at=before, state="withdrawn", own_attempts=3)
    if since:
        letter(eva, made_at=before, purpose="test:1", **since)
    sweep(now=at(TODAY, 8), by=BY)
    assert Delivery.objects.get(state=DeliveryState.PENDING).own_attempts == counted


def test_tries_at_an_address_that_a_reader_had_before_do_not_count(eva):
    watched(company(responsible=eva), expires_on=TODAY + timedelta(days=30))
    made_at = at(TODAY - timedelta(days=1), 8)
    letter(eva, made_at=made_at, state="withdrawn", own_attempts=20, address="eva.antes@despacho.example")
    sweep(now=at(TODAY, 8), by=BY)
    assert Delivery.objects.get(state=DeliveryState.PENDING).own_attempts == 0


def test_tries_at_the_address_before_do_not_count_for_a_new_one(server, eva):
    row = letter(eva, made_at=NOON, own_attempts=20)
    Person.objects.filter(pk=eva.pk).update(email="eva.nueva@despacho.example")
    assert delivery.send(delivery_id=row.pk, now=NOON, by=BY)
    row.refresh_from_db()
    assert row.own_attempts == 0


def not_compared(row: Delivery) -> Callable[..., Any]:
    """The database fails whenever the lines of this message are asked for."""

    def fail(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if '"renewals_deliveryline"."delivery_id" IN' in sql and row.pk in params:
            raise DatabaseError("lines cannot be read")
        return execute(sql, params, many, context)

    return fail


def test_a_message_that_cannot_be_compared_goes_back_as_it_was_and_holds_up_no_other(server, beto):
    ours = company(responsible=beto)
    soon = watched(ours, expires_on=TODAY + timedelta(days=7))
    row = letter(beto, told(soon), made_at=NOON)
    critical = letter(beto, told(soon, mark=3), made_at=NOON, purpose="critical:1", is_critical=True)
    with connection.execute_wrapper(not_compared(row)):
        found = pending.look(queue="default", now=NOON, jobs=MAIL)
    assert (found.done["mail"], found.failed["mail"]) == (1, 1)
    row.refresh_from_db()
    critical.refresh_from_db()
    assert critical.state == DeliveryState.SENT
    assert (row.state, row.failure_code, row.attempts, row.lease_until) == (DeliveryState.PENDING, "", 0, None)
    # Nobody was asked to take it, so it is compared anew before it leaves.
    Certificate.objects.update(deadline_on=TODAY + timedelta(days=5))
    assert not delivery.send(delivery_id=row.pk, now=NOON, by=BY)
    row.refresh_from_db()
    assert (row.state, row.failure_code) == (DeliveryState.WITHDRAWN, "settled")
