"""Is a line that did not reach one of its readers told to that one again, and to nobody twice?"""

from datetime import timedelta

import pytest

from renewals.audit import Machine
from renewals.models import Bounce, BounceSource, Certificate, Delivery, DeliveryState, Person, SweepRun
from renewals.notices import bounces, delivery
from renewals.notices.bounces import Report
from renewals.notices.recipients import directory
from renewals.notices.round import sweep
from tests.factories import company, person
from tests.letters import TODAY, letter
from tests.meanwhile import meanwhile
from tests.watching import at, watched

pytestmark = pytest.mark.django_db

BY = Machine("mail")
NOON = at(TODAY, 12)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def eva() -> Person:
    return person("eva", role="socio")


@pytest.fixture
def row(ana, eva) -> Certificate:
    """Told to two partners: nobody answers for the company."""
    certificate = watched(company(responsible=None), expires_on=TODAY + timedelta(days=30))
    sweep(now=at(TODAY, 8), by=BY)
    Delivery.objects.update(next_try_at=at(TODAY, 8))
    return certificate


def to(reader: Person, **fields: object) -> Delivery:
    return Delivery.objects.get(person=reader, purpose="digest", **fields)


def lines_of(reader: Person, row: Certificate, **fields: object) -> int:
    return Delivery.objects.filter(person=reader, lines__notice__certificate=row, **fields).count()


def test_a_partner_whose_message_was_made_anew_is_still_told_what_another_partner_was_told(row, ana, eva):
    assert delivery.send(delivery_id=to(ana).pk, now=NOON, by=BY)
    # To eva the server said «later» all day; the day after, her message is out of date.
    next_day = at(TOMORROW, 8)
    assert not delivery.send(delivery_id=to(eva).pk, now=next_day, by=BY)
    assert to(eva).state == DeliveryState.WITHDRAWN
    sweep(now=next_day, by=BY)
    assert row.serial in to(eva, day=TOMORROW).text
    assert lines_of(ana, row) == 1


def test_a_line_that_everybody_left_has_got_is_settled(row, ana, eva):
    assert delivery.send(delivery_id=to(ana).pk, now=NOON, by=BY)
    Person.objects.filter(pk=eva.pk).update(is_active=False)
    assert not delivery.send(delivery_id=to(eva).pk, now=NOON, by=BY)
    assert row.notices.waiting().exists()
    sweep(now=NOON, by=BY)
    assert not row.notices.waiting().exists()
    assert lines_of(ana, row) == 1


def withdraw(reader: Person) -> None:
    Delivery.objects.filter(person=reader).update(day=TODAY - timedelta(days=1))
    assert not delivery.send(delivery_id=to(reader).pk, now=NOON, by=BY)


def test_a_line_waits_for_both_when_the_messages_of_both_are_withdrawn(row, ana, eva):
    withdraw(ana)
    withdraw(eva)
    sweep(now=NOON, by=BY)
    assert (lines_of(ana, row, state="pending"), lines_of(eva, row, state="pending")) == (1, 1)


def test_what_somebody_does_not_get_while_a_round_gives_it_to_another_is_told_by_the_next(row, ana, eva):
    withdraw(ana)
    with meanwhile(after='FROM "renewals_deliveryline"', do=lambda: withdraw(eva)):
        sweep(now=NOON, by=BY)
    assert row.notices.waiting().exists()
    sweep(now=at(TOMORROW, 8), by=BY)
    assert (lines_of(ana, row, day=TOMORROW), lines_of(eva, row, day=TOMORROW)) == (1, 1)


def test_what_somebody_does_not_get_while_a_round_holds_it_for_told_is_not_lost(row, ana, eva):
    Person.objects.filter(pk=ana.pk).update(is_active=False)
    assert not delivery.send(delivery_id=to(ana).pk, now=NOON, by=BY)
    # Only eva is left, and she has it, as far as a round can see that looks now.
    with meanwhile(after='FROM "renewals_deliveryline"', do=lambda: withdraw(eva)):
        sweep(now=NOON, by=BY)
    assert row.notices.waiting().exists()


@pytest.fixture
def alone(ana) -> Certificate:
    """Of a firm of one: the day is its deadline."""
    return watched(company(responsible=ana), expires_on=TODAY)


def critical(reader: Person, row: Certificate) -> list[Delivery]:
    told = Delivery.objects.filter(person=reader, is_critical=True, lines__notice__certificate=row)
    return list(told.distinct().order_by("pk"))


def come_back(message: Delivery) -> Bounce:
    Delivery.objects.filter(pk=message.pk).update(next_try_at=NOON)
    assert delivery.send(delivery_id=message.pk, now=NOON, by=BY)
    word = Report({message.message_id}, {message.address}, "5.1.1", True, BounceSource.MAILBOX, f"{message.pk:064}")
    assert bounces.record(word, now=NOON)
    bounce = Bounce.objects.get(delivery=message)
    bounces.act(bounce_id=bounce.pk, now=NOON, by=BY)
    return bounce


def failures() -> list[object]:
    return list(SweepRun.objects.latest("pk").failures)


NOBODY = {"unreachable": 3, "error": "nobody_to_tell"}


def test_the_only_partner_is_tried_again_every_day_and_no_round_calls_that_told(alone, ana):
    sweep(now=at(TODAY, 8), by=BY)
    (first,) = critical(ana, alone)
    assert failures() == []
    come_back(first)
    for minutes in (1, 16):
        sweep(now=NOON + timedelta(minutes=minutes), by=BY)
        assert critical(ana, alone) == [first]
        assert NOBODY in failures()
    sweep(now=at(TOMORROW, 8), by=BY)
    assert [one.day for one in critical(ana, alone)] == [TODAY, TOMORROW]
    assert NOBODY in failures()


def test_the_only_partner_is_told_again_once_they_say_that_the_address_works(ana):
    row = watched(company(responsible=ana), expires_on=TODAY + timedelta(days=30))
    sweep(now=at(TODAY, 8), by=BY)
    bounces.settle(bounce=come_back(to(ana)), by=ana, now=NOON)
    sweep(now=at(TOMORROW, 8), by=BY)
    assert failures() == []
    assert row.serial in to(ana, day=TOMORROW).text


def test_one_who_says_that_the_address_works_settles_whatever_came_back_from_it(alone, ana):
    sweep(now=at(TODAY, 8), by=BY)
    bounce = come_back(critical(ana, alone)[0])
    Bounce.objects.update(is_permanent=False)
    bounces.settle(bounce=bounce, by=ana, now=NOON)
    assert not Bounce.objects.unsettled().exists()


def written(message: Delivery, address: str) -> Bounce:
    """As whoever has taken over the web process can write it: about what they like, but not that it was acted on."""
    return Bounce.objects.create(
        delivery=message, address=address, is_permanent=True, source="webhook", report=address, reported_at=NOON
    )


def test_a_row_that_no_returned_message_stands_behind_closes_no_address_and_stops_no_message(ana, beto):
    waits, sent = letter(beto, made_at=NOON), letter(ana, made_at=NOON, state="sent", attempts=1)
    rows = [
        written(waits, beto.email),
        written(sent, "beto.otro@despacho.example"),
        written(sent, "eva@despacho.example"),
    ]
    assert directory(today=TODAY).bounced == frozenset()
    for row in rows:
        bounces.act(bounce_id=row.pk, now=NOON, by=BY)
    assert directory(today=TODAY).bounced == frozenset()
    assert not Bounce.objects.waiting().exists()
    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["pending", "sent"]


def test_whoever_closes_every_address_silences_no_partner_and_every_round_says_so(alone, ana):
    written(letter(ana, made_at=NOON, state="sent", attempts=1), ana.email)
    bounces.act(bounce_id=Bounce.objects.get().pk, now=NOON, by=BY)
    assert directory(today=TODAY).bounced == {ana.email}
    sweep(now=NOON, by=BY)
    (message,) = critical(ana, alone)
    assert NOBODY in failures()
    # It will come back; until it does, the round after it is no better.
    Delivery.objects.filter(pk=message.pk).update(next_try_at=NOON)
    assert delivery.send(delivery_id=message.pk, now=NOON, by=BY)
    sweep(now=NOON + timedelta(minutes=15), by=BY)
    assert failures() == [{"partners": 1, "error": "nobody_to_tell"}]
