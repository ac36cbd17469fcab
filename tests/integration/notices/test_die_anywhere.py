"""Is everybody told once and is nothing lost, wherever a worker dies?"""

import itertools
from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.models import (
    Certificate,
    Delivery,
    DeliveryState,
    Detour,
    NoticeState,
    Person,
    Renewal,
    RenewalState,
)
from renewals.notices import delivery
from renewals.notices.round import sweep
from tests.factories import company, person
from tests.killing import MortalMailServer, every_boundary
from tests.watching import at, watched

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 3, 3)
AFTER_THE_LEASE = delivery.LEASE + timedelta(minutes=1)
_numbers = itertools.count(1)


class Firm(NamedTuple):
    """Somebody's companies of one try; every try has its own."""

    person: Person
    soon: Certificate
    expired: Certificate
    later: Certificate
    replaced: Certificate


def a_firm() -> Firm:
    MortalMailServer.accepted.clear()
    number = next(_numbers)
    # No password: hashing one would take longer than all the rest of a try.
    somebody = Person.objects.create(username=f"beto{number}", email=f"beto{number}@despacho.example")
    ours = company(rfc=f"AAA{number:06}AAA", name=f"Empresa {number}", responsible=somebody)
    replaced = watched(ours, expires_on=TODAY + timedelta(days=7), is_primary=False, retired_at=timezone.now())
    return Firm(
        person=somebody,
        soon=watched(ours, expires_on=TODAY + timedelta(days=7)),
        expired=watched(ours, kind="csd", expires_on=TODAY - timedelta(days=1)),
        later=watched(ours, expires_on=TODAY + timedelta(days=200)),
        replaced=replaced,
    )


def run_the_round() -> None:
    sweep(now=at(TODAY, 8), by=Machine("sweep"))


def send_everything(after: timedelta = timedelta(0)) -> None:
    now = timezone.now() + after
    for pk in delivery.waiting(now, 100):
        delivery.send(delivery_id=pk, now=now, by=Machine("mail"))


def assert_told_once(firm: Firm) -> None:
    for row, marks in ((firm.soon, {60: 0, 30: 0, 15: 0, 7: 1}), (firm.later, {}), (firm.replaced, {})):
        assert dict(row.notices.values_list("mark", "state")) == {
            mark: NoticeState.CARRIED if told else NoticeState.ABSORBED for mark, told in marks.items()
        }
    assert list(firm.expired.notices.filter(state=NoticeState.CARRIED).values_list("mark", flat=True)) == [-1]
    for row in (firm.soon, firm.expired):
        events = Counter(event.name for event in audit.history_of(row))
        assert events["certificate.mark_reached"] == 1
        renewal = Renewal.objects.get(certificate=row)
        assert renewal.state == RenewalState.QUEUED
        assert Counter(event.name for event in audit.history_of(renewal)) == {"renewal.queued": 1}
    message = Delivery.objects.get(person=firm.person)
    assert message.state == DeliveryState.SENT
    assert message.lines.count() == 2
    names = Counter(event.name for event in audit.history_of(message))
    assert names == {"delivery.made": 1, "delivery.sent": 1}


def copies_of(firm: Firm) -> list[str]:
    return [sent.message()["Message-ID"] for sent in MortalMailServer.accepted if sent.to == [firm.person.email]]


@pytest.fixture(autouse=True)
def mortal_mail(settings):
    settings.EMAIL_BACKEND = "tests.killing.MortalMailServer"


def test_a_round_that_dies_anywhere_is_finished_by_the_next_one():
    def check(firm: Firm) -> None:
        run_the_round()
        send_everything()
        assert_told_once(firm)
        assert len(copies_of(firm)) == 1

    boundaries = every_boundary(prepare=a_firm, run=lambda _: run_the_round(), check=check)
    assert boundaries > 20


def test_a_worker_that_dies_anywhere_while_sending_loses_nothing_and_repeats_only_the_same_message_id():
    copies: Counter[int] = Counter()

    def prepare() -> Firm:
        firm = a_firm()
        run_the_round()
        return firm

    def check(firm: Firm) -> None:
        send_everything(after=AFTER_THE_LEASE)
        assert_told_once(firm)
        found = copies_of(firm)
        assert len(set(found)) == 1
        copies[len(found)] += 1

    every_boundary(prepare=prepare, run=lambda _: send_everything(), check=check)
    # Only the deaths between the server's yes and the committed record sent a second copy.
    assert set(copies) == {1, 2}


def test_lines_that_partners_share_are_told_to_all_of_them_or_wait_for_all():
    ana, eva = person("ana", role="socio"), person("eva", role="socio")

    def prepare() -> Certificate:
        MortalMailServer.accepted.clear()
        for row in Delivery.objects.all():
            row.lines.all().delete()
            row.delete()
        number = next(_numbers)
        return watched(company(rfc=f"AAA{number:06}AAA"), expires_on=TODAY + timedelta(days=7))

    def check(row: Certificate) -> None:
        (notice,) = row.notices.filter(mark=7) or [None]
        if notice is not None:
            assert notice.lines.count() in {0, 2}
            assert (notice.state == NoticeState.CARRIED) == (notice.lines.count() == 2)
        run_the_round()
        send_everything()
        told = row.notices.get(mark=7).lines.order_by("delivery__person")
        assert [(line.delivery.person, line.detour) for line in told] == [
            (ana, Detour.UNASSIGNED),
            (eva, Detour.UNASSIGNED),
        ]
        assert sorted(sent.to[0] for sent in MortalMailServer.accepted) == [ana.email, eva.email]

    every_boundary(prepare=prepare, run=lambda _: run_the_round(), check=check)
