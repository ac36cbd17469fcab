"""Is every mark told once whatever becomes of the machine and its clock: outages, crowds, zones, a day that returns?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import timezone

from renewals.audit import Machine
from renewals.expiry.due import due_ids
from renewals.expiry.marks import set_marks
from renewals.expiry.refreshing import refresh_deadlines
from renewals.models import Certificate, Contact, Notice, NoticeState, Renewal, RenewalState, SweepRun
from renewals.models.certificate import Kind
from renewals.models.inserting import insert_values
from renewals.models.notice import Audience
from renewals.notices.round import Tally, sweep, write_ledger
from renewals.procedure.cancelling import cancel
from tests.factories import company
from tests.meanwhile import meanwhile
from tests.watching import at, unsaved, watched

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 3)
BY = Machine("sweep")


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def looked(day: date = TODAY) -> Tally:
    return write_ledger(today=day, now=at(day), by=BY)


def told(row: Certificate, who: Audience = Audience.RESPONSIBLE) -> list[int]:
    waiting = row.notices.filter(audience=who, state=NoticeState.WAITING)
    return list(waiting.order_by("-mark").values_list("mark", flat=True))


def test_after_three_days_without_a_machine_the_most_urgent_mark_of_each_is_told(beto):
    ours = company(responsible=beto)
    rows = [watched(ours, expires_on=in_days(days)) for days in (4, 8, 16, 31, 61)]
    looked()
    assert [told(row) for row in rows] == [[7], [15], [30], [60], []]
    assert looked(in_days(4)).due == 5
    assert [told(row)[-1] for row in rows] == [0, 7, 15, 30, 60]
    # Of 3, 1 and 0 only the last is told, and nothing is missing from the ledger.
    absorbed = rows[0].notices.filter(audience=Audience.RESPONSIBLE, state=NoticeState.ABSORBED)
    assert set(absorbed.values_list("mark", flat=True)) == {60, 30, 15, 3, 1}


def test_a_clock_that_is_set_back_an_hour_over_midnight_tells_nothing_twice_and_loses_nothing(beto):
    row = watched(company(responsible=beto), expires_on=in_days(7))
    later = watched(row.company, expires_on=in_days(8))
    sweep(now=at(TODAY, 0, 30), by=BY)
    for moment in (at(in_days(-1), 23, 30), at(TODAY, 0, 30), at(in_days(1), 0, 30), at(TODAY, 23, 30)):
        sweep(now=moment, by=BY)
    assert (told(row), told(later)) == ([7], [15, 7])
    assert looked(in_days(4)).due == 1
    assert told(row) == [7, 3]


def by_the_thousand(like: Certificate, number: int) -> None:
    """So many rows like this one, written as plain values: as model instances they would take half a minute."""
    like.created_at = timezone.now()
    columns = [field.attname for field in Certificate._meta.concrete_fields if not field.primary_key]
    own = {"scope", "serial", "sha256", "public_key_sha256"}
    values = [getattr(like, name) for name in columns]
    insert_values(
        Certificate,
        columns,
        (
            [f"{one}" if name in own else value for name, value in zip(columns, values, strict=True)]
            for one in range(number)
        ),
    )


@pytest.mark.parametrize("zone", ["America/Mexico_City", "America/Tijuana"])
def test_the_day_changes_at_midnight_where_the_firm_is(settings, beto, zone):
    settings.TIME_ZONE = zone
    row = watched(company(responsible=beto), expires_on=in_days(60))
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    sweep(now=midnight - timedelta(seconds=1), by=BY)
    assert told(row) == []
    sweep(now=midnight, by=BY)
    assert told(row) == [60]


def test_in_the_hour_that_tijuana_has_twice_everything_is_told_once(settings, beto):
    settings.TIME_ZONE = "America/Tijuana"
    day = date(2026, 11, 1)
    row = watched(company(responsible=beto), expires_on=day + timedelta(days=30))
    sweep(now=datetime(2026, 10, 2, 12, tzinfo=UTC), by=BY)
    for hour in range(6, 12):
        sweep(now=datetime(2026, 11, 1, hour, 30, tzinfo=UTC), by=BY)
    assert told(row) == [60, 30]
    assert row.notices.get(mark=30, audience=Audience.RESPONSIBLE).crossed_on == day


def test_one_of_six_months_is_told_as_often_as_makes_sense_for_it(beto):
    row = watched(company(responsible=beto), expires_on=in_days(150), validity=150)
    days = [day for day in range(152) if looked(in_days(day)).due]
    assert told(row) == [60, 30, 15, 7, 3, 1, 0, -1]
    assert days == [90, 120, 135, 143, 147, 149, 150, 151]
    short = watched(row.company, expires_on=in_days(20), validity=20)
    looked()
    assert told(short) == []


def test_twenty_thousand_on_one_day_are_told_each_once_and_no_list_of_them_is_kept(beto):
    ours = company(responsible=beto)
    by_the_thousand(unsaved(ours, expires_on=in_days(60)), 20_000)
    assert [len(some) for some in due_ids(today=TODAY)] == [5_000] * 4
    tally = looked()
    assert (tally.evaluated, tally.due, tally.new_notices, tally.failed) == (20_000, 20_000, 20_000, 0)
    assert Notice.objects.waiting().count() == 20_000
    assert looked().evaluated == 0


def test_a_deadline_that_moves_while_it_is_decided_on_is_decided_on_anew(beto):
    csd = watched(company(responsible=beto), kind="csd", expires_on=in_days(33), deadline_on=in_days(30))

    def somebody_brings_an_efirma() -> None:
        watched(csd.company, kind="efirma", expires_on=in_days(20))
        with transaction.atomic():
            refresh_deadlines([csd.company_id], today=TODAY)

    with meanwhile(after="renewals_remindermarks", do=somebody_brings_an_efirma):
        looked()
    csd.refresh_from_db()
    assert (csd.deadline_on, csd.next_mark_on) == (in_days(20), in_days(5))
    assert told(csd) == [30]
    assert set(csd.notices.values_list("deadline_on", flat=True)) == {in_days(20)}


def test_marks_that_are_chosen_while_a_round_decides_are_followed_by_that_round(ana):
    row = watched(company(), expires_on=in_days(100))

    def somebody_chooses() -> None:
        set_marks(company=None, kind=Kind.NPIE, marks=[90], by=ana, now=at(TODAY))

    with meanwhile(after="renewals_remindermarks", do=somebody_chooses):
        looked()
    row.refresh_from_db()
    assert row.next_mark_on == in_days(10)


def test_lines_for_the_client_are_written_only_where_somebody_there_gets_notices(beto):
    told_to, not_told = company(responsible=beto), company(rfc="IIA040805DZ4", responsible=beto)
    Contact.objects.create(company=told_to, name="Laura", email="laura@example.com", gets_notices=True)
    Contact.objects.create(company=not_told, name="Memo", email="memo@example.com")
    rows = [watched(one, expires_on=in_days(30)) for one in (told_to, not_told)]
    looked()
    assert [told(row, Audience.CLIENT) for row in rows] == [[30], []]


def test_lead_and_partners_hear_when_it_gets_late_and_later_while_somebody_works_on_it(beto):
    alone, at_work = (watched(company(rfc=rfc), expires_on=in_days(7)) for rfc in ("AAA010101AAA", "BBB010101BBB"))
    Renewal.objects.create(company=at_work.company, certificate=at_work, plan="npie", edition=1, begun_at=at(TODAY))
    Renewal.objects.create(
        company=alone.company, certificate=alone, plan="npie", edition=1, state=RenewalState.CANCELLED, open=None
    )
    for day in range(9):
        looked(in_days(day))
    assert (told(alone, Audience.LEAD), told(alone, Audience.PARTNERS)) == ([7, 3, 1, 0, -1], [1, 0, -1])
    assert (told(at_work, Audience.LEAD), told(at_work, Audience.PARTNERS)) == ([3, 1, 0, -1], [0, -1])


def test_the_lead_hears_at_once_when_nobody_works_on_it_any_more(beto):
    row = watched(company(responsible=beto), expires_on=in_days(7))
    renewal = Renewal.objects.create(company=row.company, certificate=row, plan="npie", edition=1, begun_at=at(TODAY))
    looked()
    assert told(row, Audience.LEAD) == []
    cancel(renewal=renewal, reason="El cliente cambió de despacho", by=beto, now=at(in_days(1)))
    assert looked(in_days(1)).due == 1
    assert told(row, Audience.LEAD) == [7]
    assert told(row) == [7]


def test_every_round_is_on_record_with_what_it_absorbed(ana):
    watched(company(), expires_on=in_days(5))
    sweep(now=at(TODAY, 1), by=BY)
    run = SweepRun.objects.get()
    assert (run.evaluated, run.due, run.absorbed, run.failed) == (1, 1, 3, 0)
    assert run.finished_at is not None
    assert run.finished_at <= timezone.now()


def test_nobody_is_asked_for_twice_where_one_round_is_slower_than_the_next(beto):
    ours = company(responsible=beto)
    rows = [watched(ours, expires_on=in_days(days)) for days in (1, 7, 30)]
    found: list[int] = []
    with meanwhile(after="renewals_remindermarks", do=lambda: found.append(looked(in_days(1)).due)):
        found.append(looked().due)
    # The one that looked from the next day was faster with everything; of today nothing is left to tell.
    assert found == [3, 0]
    assert [told(row) for row in rows] == [[0], [7], [30]]
