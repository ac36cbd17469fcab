"""Is everybody told once and is nothing lost, wherever a worker dies?"""

import itertools
from collections import Counter
from datetime import timedelta
from typing import NamedTuple

import pytest
import time_machine
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.models import Bounce, Certificate, Delivery, DeliveryState, NoticeState, Person, Renewal
from renewals.notices import bounces, delivery
from renewals.notices.round import sweep
from tests.factories import company
from tests.killing import MortalMailServer, every_boundary
from tests.letters import TODAY, letter, told
from tests.watching import at, watched

pytestmark = pytest.mark.django_db(transaction=True)

EIGHT = at(TODAY, 8)
AFTER_THE_LEASE = EIGHT + delivery.LEASE + timedelta(minutes=1)
_numbers = itertools.count(1)


class Firm(NamedTuple):
    """Somebody's certificates of one try; every try has its own, and the two partners are told of all of them."""

    person: Person
    tomorrow: Certificate
    later: Certificate
    replaced: Certificate


def somebody(name: str, **fields: object) -> Person:
    # No password: hashing one would take longer than all the rest of a try.
    return Person.objects.create(username=name, email=f"{name}@despacho.example", **fields)


def a_firm() -> Firm:
    MortalMailServer.accepted.clear()
    number = next(_numbers)
    person = somebody(f"beto{number}")
    ours = company(rfc=f"AAA{number:06}AAA", name=f"Empresa {number}", responsible=person, with_mandate=False)
    replaced = watched(ours, expires_on=TODAY + timedelta(days=7), is_primary=False, retired_at=timezone.now())
    return Firm(
        person=person,
        tomorrow=watched(ours, expires_on=TODAY + timedelta(days=1)),
        later=watched(ours, expires_on=TODAY + timedelta(days=200)),
        replaced=replaced,
    )


def run_the_round() -> None:
    sweep(now=EIGHT, by=Machine("sweep"))


def send_everything(now=EIGHT) -> None:
    with delivery.one_after_the_other():
        for pk in delivery.waiting(now, 100):
            delivery.send(delivery_id=pk, now=now, by=Machine("mail"))


def assert_told_once(firm: Firm) -> None:
    """By one message each: the responsible person, and both partners, since nobody leads that person."""
    assert not firm.later.notices.exists()
    assert not firm.replaced.notices.exists()
    row = firm.tomorrow
    readers = {"responsible": {str(firm.person)}, "lead": {"ana", "eva"}, "partners": {"ana", "eva"}}
    assert set(row.notices.values_list("audience", flat=True)) == set(readers)
    for audience, people in readers.items():
        states = Counter(row.notices.filter(audience=audience).values_list("state", flat=True))
        assert states.pop(NoticeState.CARRIED) == 1
        assert set(states) <= {NoticeState.ABSORBED}
        lines = row.notices.get(audience=audience, state=NoticeState.CARRIED).lines.select_related("delivery__person")
        assert sorted(str(line.delivery.person) for line in lines) == sorted(people)
    told = Delivery.objects.filter(lines__notice__certificate=row).distinct()
    assert [(message.state, message.purpose.partition(":")[0]) for message in told] == 3 * [("sent", "critical")]
    for message in told:
        names = Counter(event.name for event in audit.history_of(message))
        assert names == {"delivery.made": 1, "delivery.sent": 1}
    assert Counter(event.name for event in audit.history_of(row)) == {"certificate.mark_reached": 1}
    renewal = Renewal.objects.get(certificate=row)
    assert Counter(event.name for event in audit.history_of(renewal)) == {"renewal.queued": 1}


def copies_for(person: Person) -> Counter[str]:
    return Counter(str(sent.message()["Message-ID"]) for sent in MortalMailServer.accepted if sent.to == [person.email])


@pytest.fixture(autouse=True)
def mortal_mail(settings):
    settings.EMAIL_BACKEND = "tests.killing.MortalMailServer"
    for name in ("ana", "eva"):
        somebody(name, role="socio")
    with time_machine.travel(EIGHT, tick=False):
        yield


def test_a_round_that_dies_anywhere_is_finished_by_the_next_one():
    def check(firm: Firm) -> None:
        run_the_round()
        send_everything()
        assert_told_once(firm)
        assert list(copies_for(firm.person).values()) == [1]

    boundaries = every_boundary(prepare=a_firm, run=lambda _: run_the_round(), check=check)
    assert boundaries > 15


def test_a_worker_that_dies_anywhere_while_sending_loses_nothing_and_repeats_only_the_same_message_id():
    copies: Counter[int] = Counter()

    def prepare() -> Firm:
        firm = a_firm()
        run_the_round()
        return firm

    def check(firm: Firm) -> None:
        send_everything(AFTER_THE_LEASE)
        assert_told_once(firm)
        sent = copies_for(firm.person)
        assert set(sent) == set(Delivery.objects.filter(person=firm.person).values_list("message_id", flat=True))
        copies.update(sent.values())

    every_boundary(prepare=prepare, run=lambda _: send_everything(), check=check)
    # Only the deaths between the server's yes and the committed record sent a second copy.
    assert set(copies) == {1, 2}


def test_a_message_that_is_withdrawn_or_came_back_is_told_anew_wherever_the_worker_dies():
    def prepare() -> Firm:
        firm = a_firm()
        letter(firm.person, told(firm.replaced), made_at=EIGHT)
        sent = letter(firm.person, told(firm.later), made_at=EIGHT, state="sent", attempts=1, purpose="critical:1")
        Bounce.objects.create(
            delivery=sent,
            person=firm.person,
            address=sent.address,
            is_permanent=True,
            source="mailbox",
            report=f"{sent.pk:064}",
            reported_at=EIGHT,
        )
        return firm

    def work(now=EIGHT) -> None:
        for pk in bounces.waiting(now, 100):
            bounces.act(bounce_id=pk, now=now, by=Machine("mail"))
        send_everything(now)

    outcomes: Counter[str] = Counter()

    def check(firm: Firm) -> None:
        work(AFTER_THE_LEASE)
        came_back, withdrawn = Delivery.objects.filter(person=firm.person).order_by("purpose")
        assert came_back.state == DeliveryState.FAILED
        assert firm.later.notices.get().state == NoticeState.WAITING
        # Whoever claimed it and died may have sent it, as far as anybody knows: then it leaves once more as it is.
        is_sent = withdrawn.state == DeliveryState.SENT
        assert sum(copies_for(firm.person).values()) == is_sent
        assert (firm.replaced.notices.get().state == NoticeState.CARRIED) == is_sent
        outcomes[withdrawn.state] += 1

    every_boundary(prepare=prepare, run=lambda _: work(), check=check)
    assert set(outcomes) == {DeliveryState.WITHDRAWN, DeliveryState.SENT}
