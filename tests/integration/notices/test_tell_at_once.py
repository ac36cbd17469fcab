"""Is what cannot wait told at any hour, once, and apart from the message of the day?"""

from datetime import date, datetime, timedelta

import pytest

from renewals.audit import Machine
from renewals.models import BounceSource, Certificate, Contact, Delivery, Notice, NoticeState, Person, SweepRun
from renewals.notices import bounces, delivery
from renewals.notices.bounces import Report
from renewals.notices.making import Assembled, make
from renewals.notices.message_id import thread_id
from renewals.notices.planning import MOST_APART, Planned, Purpose
from renewals.notices.readers import Readers
from renewals.notices.round import sweep
from renewals.notices.writing import Desk, delivery_of
from renewals.procedure.queueing import queue_renewals
from tests.factories import company, person
from tests.letters import letter
from tests.watching import at, unsaved, watched, watched_many

pytestmark = pytest.mark.django_db

#: A Tuesday on which the firm works, and a Sunday.
TODAY = date(2026, 3, 3)
SUNDAY = date(2026, 3, 8)
BY = Machine("sweep")


def made(moment: datetime) -> list[Delivery]:
    """The messages that a round at this moment makes."""
    known = set(Delivery.objects.values_list("pk", flat=True))
    sweep(now=moment, by=BY)
    return list(Delivery.objects.exclude(pk__in=known).order_by("person__username", "pk"))


def who_and_what(messages: list[Delivery]) -> list[tuple[str, str]]:
    return [(str(one.person or one.contact), one.purpose.partition(":")[0]) for one in messages]


@pytest.mark.parametrize("days", [1, 0, -1])
@pytest.mark.parametrize("moment", [at(SUNDAY, 3), at(SUNDAY + timedelta(days=2), 23)])
def test_the_last_days_are_told_at_any_hour_of_any_day(ana, beto, days, moment):
    row = watched(company(responsible=beto), expires_on=moment.date() + timedelta(days=days))
    messages = made(moment)
    assert who_and_what(messages) == [("ana", "critical"), ("beto", "critical")]
    for message in messages:
        assert message.is_critical
        assert message.thread_id == thread_id(row.pk)
        assert row.serial in message.text


def test_nothing_else_leaves_at_night(ana, beto):
    for days in (60, 7, 3, -3, -7):
        watched(company(rfc=f"AAA0101{days + 20}AAA", responsible=beto), expires_on=SUNDAY + timedelta(days=days))
    assert made(at(SUNDAY, 12)) == []


def test_a_round_later_that_day_tells_it_no_more_and_the_digest_shows_it_among_what_burns(ana, beto):
    ours = company(responsible=beto)
    burning = watched(ours, expires_on=TODAY + timedelta(days=1))
    assert len(made(at(TODAY, 0))) == 2
    assert made(at(TODAY, 3)) == []
    new = watched(ours, expires_on=TODAY + timedelta(days=15))
    digests = {str(one.person): one for one in made(at(TODAY, 8))}
    assert set(digests) == {"ana", "beto"}
    assert digests["beto"].lines.get().notice.certificate == new
    assert digests["ana"].lines.count() == 0
    for digest in digests.values():
        assert digest.text.count(burning.serial) == 1


def test_who_stands_for_several_audiences_gets_one_message(ana):
    row = watched(company(), expires_on=TODAY)
    (message,) = made(at(TODAY, 3))
    assert set(message.lines.values_list("notice__audience", flat=True)) == {"responsible", "lead", "partners"}
    assert message.text.count(row.serial) == 1


def test_a_renewal_that_nobody_began_keeps_no_partner_out_of_it(ana, beto):
    watched(company(responsible=beto), expires_on=TODAY + timedelta(days=30))
    assert sweep(now=at(TODAY, 8), by=BY).new_renewals == 1
    assert who_and_what(made(at(TODAY + timedelta(days=29), 3))) == [("ana", "critical"), ("beto", "critical")]


def test_a_renewal_that_somebody_asked_for_keeps_partners_out_of_it_until_the_last_day(ana, beto, carla):
    Person.objects.filter(pk=beto.pk).update(lead=carla)
    row = watched(company(responsible=beto), expires_on=TODAY + timedelta(days=30))
    queue_renewals(certificates=[row], by=beto, now=at(TODAY, 8))
    sweep(now=at(TODAY, 8), by=BY)
    assert who_and_what(made(at(TODAY + timedelta(days=29), 3))) == [("beto", "critical"), ("carla", "critical")]
    assert who_and_what(made(at(TODAY + timedelta(days=30), 3))) == [
        ("ana", "critical"),
        ("beto", "critical"),
        ("carla", "critical"),
    ]


def test_many_at_one_moment_are_one_message(ana, beto):
    ours = company(responsible=beto)
    watched_many(unsaved(ours, expires_on=TODAY) for _ in range(40))
    messages = made(at(TODAY, 3))
    assert who_and_what(messages) == [("ana", "critical"), ("beto", "critical")]
    for message in messages:
        assert message.thread_id == ""
        assert set(message.lines.values_list("notice__certificate", flat=True)) == set(
            Certificate.objects.values_list("pk", flat=True)
        )
        assert len(message.html.encode()) < 100_000
    assert not Notice.objects.waiting().exists()


def test_a_few_are_told_apart_so_that_each_keeps_its_conversation(beto, ana):
    ours = company(responsible=beto)
    rows = watched_many(unsaved(ours, expires_on=TODAY) for _ in range(MOST_APART))
    messages = [one for one in made(at(TODAY, 3)) if one.person == beto]
    assert {one.thread_id for one in messages} == {thread_id(row.pk) for row in rows}


def test_a_line_that_was_told_at_once_absorbs_what_waited_for_monday(ana, beto):
    row = watched(company(responsible=beto), expires_on=SUNDAY + timedelta(days=2))
    sweep(now=at(SUNDAY - timedelta(days=1), 12), by=BY)
    assert row.notices.get(mark=3, audience="responsible").state == NoticeState.WAITING
    made(at(SUNDAY + timedelta(days=1), 0))
    assert row.notices.get(mark=3, audience="responsible").state == NoticeState.ABSORBED
    (digest,) = made(at(SUNDAY + timedelta(days=1), 8))
    assert (digest.person, digest.lines.count()) == (ana, 0)


def test_a_client_is_not_woken(ana, beto):
    ours = company(responsible=beto)
    contact = Contact.objects.create(company=ours, name="Laura", email="laura@cliente.example", gets_notices=True)
    watched(ours, expires_on=SUNDAY)
    assert who_and_what(made(at(SUNDAY, 3))) == [("ana", "critical"), ("beto", "critical")]
    later = made(at(SUNDAY + timedelta(days=1), 7))
    assert ("Laura", "client") in who_and_what(later)
    letter = Delivery.objects.get(contact=contact)
    assert (letter.company, letter.person, letter.is_critical, letter.thread_id) == (ours, None, False, "")


def test_what_came_back_reaches_the_corrected_address_that_day(ana):
    row = watched(company(responsible=ana), expires_on=TODAY)
    (first,) = made(at(TODAY, 3))
    Delivery.objects.update(next_try_at=at(TODAY, 3))
    assert delivery.send(delivery_id=first.pk, now=at(TODAY, 4), by=BY)
    returned = Report({first.message_id}, {ana.email}, "5.1.1", True, BounceSource.MAILBOX, "3" * 64)
    assert bounces.record(returned, now=at(TODAY, 4))
    bounces.act(bounce_id=first.bounces.get().pk, now=at(TODAY, 4), by=BY)
    Person.objects.update(email="ana.nueva@despacho.example")
    (anew,) = made(at(TODAY, 5))
    assert (anew.address, anew.purpose) == ("ana.nueva@despacho.example", first.purpose)
    assert row.serial in anew.text
    assert not Notice.objects.waiting().exists()


def test_a_message_that_cannot_be_made_although_its_lines_wait_makes_the_round_fail(ana):
    watched(company(responsible=ana), expires_on=TODAY)
    assert made(at(TODAY, 3))
    # As no round leaves it: it tells these lines, and they wait.
    Delivery.objects.get().lines.all().delete()
    Notice.objects.update(state=NoticeState.WAITING)
    assert made(at(TODAY, 4)) == []
    run = SweepRun.objects.latest("started_at")
    assert (run.failed, run.failures) == (1, [{"person": ana.pk, "error": "IntegrityError"}])


def test_a_message_that_somebody_else_made_is_no_failure(ana):
    letter(ana, made_at=at(TODAY, 8))
    desk = Desk(Readers.on(TODAY), now=at(TODAY, 8))
    assembled = Assembled()
    make([Planned(Purpose.DIGEST, ana)], lambda planned: delivery_of(planned, desk), assembled, by=BY)
    assert (assembled.deliveries, assembled.failures) == (0, [])


def test_partners_who_share_a_line_all_get_it(ana):
    eva = person("eva", role="socio")
    row = watched(company(), expires_on=TODAY)
    assert [one.person for one in made(at(TODAY, 3))] == [ana, eva]
    assert row.notices.get(mark=0, audience="partners").lines.count() == 2
