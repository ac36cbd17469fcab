"""Which tries are held against a message, so that others are told instead, and which are nobody's fault?"""

import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from renewals.audit import Machine
from renewals.models import Delivery, DeliveryState
from renewals.notices import delivery
from renewals.notices.smtp import NoAnswer
from tests.factories import person
from tests.letters import TODAY, letter
from tests.watching import at

pytestmark = pytest.mark.django_db

NOON = at(TODAY, 12)
BY = Machine("mail")


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
