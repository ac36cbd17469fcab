"""Does the round write down what is to be told: all of it, once, and only what is due?"""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.clients.closing import close, reopen
from renewals.expiry.windows import default_marks
from renewals.models import (
    Certificate,
    Company,
    Delivery,
    Notice,
    NoticeState,
    PairState,
    Renewal,
    RenewalState,
    SweepRun,
)
from renewals.models.notice import Audience
from renewals.notices.round import SweepResult, sweep, write_ledger
from tests.factories import company
from tests.meanwhile import meanwhile
from tests.watching import at, unsaved, watched, watched_many

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 3)
BY = Machine("sweep")


def swept(day: date = TODAY) -> SweepResult:
    """A round at night, when no messages are made."""
    return sweep(now=at(day, 1), by=BY)


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def ledger(row: Certificate, who: Audience = Audience.RESPONSIBLE) -> dict[int, str]:
    lines = row.notices.filter(audience=who, deadline_on=row.deadline_on)
    return dict(lines.order_by("-mark").values_list("mark", "state"))


def told(row: Certificate, who: Audience = Audience.RESPONSIBLE) -> list[int]:
    return [mark for mark, state in ledger(row, who).items() if state == NoticeState.WAITING]


def test_a_mark_that_is_reached_is_written_down_and_the_next_one_planted(beto):
    row = watched(company(responsible=beto), expires_on=in_days(60))
    assert swept() == SweepResult(evaluated=1, due=1, absorbed=0, new_notices=1, new_renewals=0, deliveries=0, failed=0)
    row.refresh_from_db()
    assert ledger(row) == {60: NoticeState.WAITING}
    assert row.next_mark_on == in_days(30)


def test_a_certificate_far_from_its_end_gets_its_first_mark_planted_and_nothing_else():
    row = watched(company(), expires_on=in_days(200))
    assert swept() == SweepResult(evaluated=1, due=0, absorbed=0, new_notices=0, new_renewals=0, deliveries=0, failed=0)
    row.refresh_from_db()
    assert row.next_mark_on == in_days(140)
    assert ledger(row) == {}


def test_a_second_round_on_the_same_day_finds_nothing(ana):
    watched(company(), expires_on=in_days(5))
    swept()
    assert swept() == SweepResult(evaluated=0, due=0, absorbed=0, new_notices=0, new_renewals=0, deliveries=0, failed=0)
    assert Notice.objects.waiting().count() == 2  # the responsible person and their lead


def test_a_late_arrival_is_told_its_most_urgent_mark_and_the_others_are_absorbed():
    row = watched(company(), expires_on=in_days(5))
    result = swept()
    assert (result.new_notices, result.absorbed) == (2, 3)
    assert ledger(row, Audience.LEAD) == {7: NoticeState.WAITING}
    assert ledger(row) == {
        60: NoticeState.ABSORBED,
        30: NoticeState.ABSORBED,
        15: NoticeState.ABSORBED,
        7: NoticeState.WAITING,
    }


def test_a_machine_that_slept_tells_the_most_urgent_mark_once():
    row = watched(company(), expires_on=in_days(31))
    swept()
    swept(in_days(27))
    assert ledger(row) == {
        60: NoticeState.WAITING,
        30: NoticeState.ABSORBED,
        15: NoticeState.ABSORBED,
        7: NoticeState.WAITING,
    }


def test_a_clock_set_back_writes_nothing_again():
    row = watched(company(), expires_on=in_days(7))
    swept()
    before = ledger(row)
    Certificate.objects.update(next_mark_on=TODAY - timedelta(days=3))
    assert swept(TODAY - timedelta(days=3)).new_notices == 0
    assert ledger(row) == before


def test_a_whole_life_is_told_mark_by_mark_until_somebody_acts():
    row = watched(company(), expires_on=in_days(100))
    days = [day for day in range(140) if swept(in_days(day)).new_notices]
    assert days == [40, 70, 85, 93, 97, 99, 100, 101, 103, 107, 114, 121, 128, 135]
    assert told(row) == [*default_marks("npie"), 0, -1, -3, -7, -14, -21, -28, -35]


def test_the_day_changes_in_the_firms_zone_and_not_in_greenwich():
    row = watched(company(), expires_on=in_days(60))
    sweep(now=at(TODAY - timedelta(days=1), 23, 59), by=BY)
    assert ledger(row) == {}
    sweep(now=at(TODAY, 0, 1), by=BY)
    assert ledger(row) == {60: NoticeState.WAITING}


def test_a_retired_certificate_is_silent_for_good():
    row = watched(company(), expires_on=in_days(5), retired_at=timezone.now(), is_primary=False)
    assert swept().due == 0
    row.refresh_from_db()
    assert row.next_mark_on is None


def test_a_certificate_of_a_company_that_left_is_silent():
    row = watched(company(closed_at=timezone.now()), expires_on=in_days(5))
    assert swept().due == 0
    assert ledger(row) == {}


def test_a_company_that_was_given_up_by_mistake_is_told_of_as_before(beto, ana):
    row = watched(company(responsible=beto), expires_on=in_days(30))
    swept()
    for change in (close, reopen):
        ours = Company.objects.get(pk=row.company_id)
        change(company=ours, reason="Por error", by=ana, confirmed_at=at(TODAY, 1), now=at(TODAY, 1))
        swept()
    assert ledger(row) == {60: NoticeState.ABSORBED, 30: NoticeState.WAITING}
    assert swept().new_notices == 0


def test_a_predecessor_is_silent_only_when_its_successor_was_proved_and_made_primary():
    ours = company()
    old = watched(ours, expires_on=in_days(15), scope="A", is_primary=False)
    new = watched(
        ours, expires_on=in_days(700), scope="A", predecessor=old, is_primary=False, pair_state=PairState.SEALED
    )
    swept()
    assert told(old) == [15]
    Certificate.objects.filter(pk=new.pk).update(pair_state=PairState.IN_CUSTODY)
    swept(in_days(8))
    assert told(old) == [15, 7]
    Certificate.objects.filter(pk=new.pk).update(is_primary=True)
    swept(in_days(12))
    # What still waited to be told is settled too.
    assert [ledger(old)[mark] for mark in (15, 7)] == [NoticeState.MOOT] * 2
    assert told(old) == []
    old.refresh_from_db()
    assert old.next_mark_on is None


def test_an_old_certificate_that_turns_up_beside_its_proved_replacement_is_silent():
    ours = company()
    watched(ours, expires_on=in_days(700), scope="A")
    found = watched(ours, expires_on=in_days(-400), scope="A", is_primary=False)
    elsewhere = watched(ours, expires_on=in_days(-400), scope="B", is_primary=False)
    swept()
    assert told(found) == []
    assert told(elsewhere) == [-399]


def test_a_renewal_is_queued_when_its_mark_comes_and_only_once(beto):
    ours = company(responsible=beto)
    row = watched(ours, expires_on=in_days(60))
    assert swept().new_renewals == 0
    assert swept(in_days(30)).new_renewals == 1
    assert swept(in_days(45)).new_renewals == 0
    renewal = Renewal.objects.get(certificate=row)
    assert (renewal.state, renewal.assignee) == (RenewalState.QUEUED, beto)


def test_an_efirma_begins_earlier():
    watched(company(), kind="efirma", expires_on=in_days(60))
    assert swept().new_renewals == 1


def test_a_renewal_that_somebody_cancelled_is_not_opened_again():
    row = watched(company(), expires_on=in_days(30))
    swept()
    Renewal.objects.update(state=RenewalState.CANCELLED, open=None)
    assert swept(in_days(15)).new_renewals == 0
    assert 15 in told(row)


def test_every_mark_is_one_event_with_its_change():
    row = watched(company(), expires_on=in_days(5))
    swept()
    swept()
    (event,) = audit.history_of(row)
    assert (event.name, event.actor, event.company) == ("certificate.mark_reached", "machine:sweep", row.company)
    assert event.facts == {"mark": 7, "absorbed": 3}


@pytest.fixture
def refusing():
    """A certificate whose ledger the database refuses to write, in a way only its own row can cause."""

    def refuse(row: Certificate) -> SimpleNamespace:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(
                    "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN IF NEW.certificate_id = "
                    f"{row.pk} THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
                )
                cursor.execute(
                    "CREATE TRIGGER refuse BEFORE INSERT ON renewals_notice FOR EACH ROW EXECUTE FUNCTION refuse()"
                )
                mend = "DROP FUNCTION refuse() CASCADE"
            else:
                cursor.execute(
                    "CREATE TRIGGER refuse BEFORE INSERT ON renewals_notice "
                    f"WHEN NEW.certificate_id = {row.pk} BEGIN SELECT RAISE(ABORT, 'refused'); END"
                )
                mend = "DROP TRIGGER refuse"
        return SimpleNamespace(mend=lambda: connection.cursor().execute(mend))

    return refuse


def test_one_bad_certificate_fails_alone_with_its_reason_and_is_told_once_it_is_mended(refusing, ana):
    ours = company()
    rows = watched_many(unsaved(ours, expires_on=in_days(7)) for _ in range(7))
    bad = rows[3]
    fault = refusing(bad)
    result = swept()
    assert (result.due, result.new_notices, result.new_renewals, result.failed) == (6, 12, 6, 1)
    assert [told(row) for row in rows] == [[7], [7], [7], [], [7], [7], [7]]
    run = SweepRun.objects.latest("started_at")
    assert (run.failed, [one["certificate"] for one in run.failures]) == (1, [bad.pk])
    assert run.failures[0]["error"].endswith("Error")
    assert not Renewal.objects.filter(certificate=bad).exists()

    fault.mend()
    result = swept()
    assert (result.evaluated, result.new_notices, result.new_renewals, result.failed) == (1, 2, 1, 0)
    assert told(bad) == [7]


def test_every_round_records_what_it_found(ana):
    watched(company(), expires_on=in_days(7))
    swept()
    run = SweepRun.objects.get()
    assert run.finished_at is not None
    assert (run.evaluated, run.due, run.absorbed, run.failed) == (1, 1, 3, 0)
    assert (run.new_notices, run.new_renewals) == (2, 1)


def test_the_work_grows_with_what_is_due_and_not_with_what_is_stored(django_assert_num_queries):
    ours = company()
    watched_many(unsaved(ours, expires_on=in_days(60)) for _ in range(20))
    watched_many(unsaved(ours, expires_on=in_days(300), next_mark_on=in_days(240)) for _ in range(300))
    assert swept().evaluated == 20
    # The one question that finds nothing.
    with django_assert_num_queries(1):
        assert write_ledger(today=TODAY, now=at(TODAY), by=BY).evaluated == 0


def test_more_than_one_batch_is_swept_whole():
    ours = company()
    watched_many(unsaved(ours, expires_on=in_days(60)) for _ in range(1203))
    assert swept().new_notices == 1203
    assert Notice.objects.waiting().count() == 1203


def test_no_message_is_made_at_night_and_the_same_lines_are_told_in_the_morning(beto):
    watched(company(responsible=beto), expires_on=in_days(7))
    assert swept().deliveries == 0
    assert not Delivery.objects.exists()
    assert sweep(now=at(TODAY, 7), by=BY).deliveries == 1


def test_two_rounds_at_once_write_everything_once():
    ours = company()
    rows = watched_many(unsaved(ours, expires_on=in_days(7)) for _ in range(5))
    found = []
    with meanwhile(after="renewals_remindermarks", do=lambda: found.append(swept())):
        found.append(swept())
    assert sorted(result.new_notices for result in found) == [0, 10]
    assert sorted(result.new_renewals for result in found) == [0, 5]
    for row in rows:
        assert told(row) == [7]
        assert [event.name for event in audit.history_of(row)] == ["certificate.mark_reached"]


def test_a_round_that_was_overtaken_does_the_rest():
    ours = company()
    first, second = watched_many(unsaved(ours, expires_on=in_days(7)) for _ in range(2))

    def somebody_did_the_first() -> None:
        Certificate.objects.filter(pk=second.pk).update(next_mark_on=in_days(1))
        swept()
        Certificate.objects.filter(pk=second.pk).update(next_mark_on=TODAY)

    with meanwhile(after="renewals_remindermarks", do=somebody_did_the_first):
        assert swept().due == 1
    assert told(first) == told(second) == [7]
