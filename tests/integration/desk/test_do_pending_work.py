"""Is every waiting row done, and does one that always fails neither stop the others nor keep a worker busy?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from renewals.desk.pending import BATCH, FIRST_REST, JOBS, LONGEST_REST, Job, Look, look
from renewals.errors import AlreadyMoved, MasterKeyAbsent
from renewals.models import SetAside

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


class Pile:
    """Rows that wait, some of which fail until they are mended."""

    def __init__(self, rows: Iterable[int], *, bad: Iterable[int] = ()) -> None:
        self.rows = list(rows)
        self.bad = set(bad)
        self.tried: list[int] = []
        self.error: Exception = ValueError("quotes something that must not be kept")

    def waiting(self, now: datetime, limit: int) -> list[object]:
        return list(self.rows[:limit])

    def do(self, row: object, now: datetime) -> None:
        assert isinstance(row, int)
        self.tried.append(row)
        if row in self.bad:
            raise self.error.with_traceback(None)
        self.rows.remove(row)

    def look(self, after: timedelta = timedelta(0)) -> Look:
        self.tried.clear()
        return look(queue="default", now=NOW + after, jobs=[Job("pile", "default", self.waiting, self.do)])


def test_a_row_that_fails_does_not_stop_the_others():
    pile = Pile([1, 2, 3], bad=[2])
    assert pile.look() == Look(done={"pile": 2}, failed={"pile": 1})
    assert pile.rows == [2]


def test_a_row_that_failed_rests_and_is_tried_again_later():
    pile = Pile([1], bad=[1])
    pile.look()
    assert pile.look(after=FIRST_REST - timedelta(seconds=1)) == Look(done={"pile": 0}, failed={"pile": 0})
    assert pile.tried == []
    pile.look(after=FIRST_REST)
    assert pile.tried == [1]


def test_its_rests_grow_up_to_a_limit():
    pile = Pile([1], bad=[1])
    rests, passed = [], timedelta(0)
    for _ in range(12):
        pile.look(after=passed)
        until = SetAside.objects.get().not_before
        rests.append(until - NOW - passed)
        passed = until - NOW
    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST]
    assert rests[-2:] == [LONGEST_REST, LONGEST_REST]
    assert SetAside.objects.get().failures == 12


def test_a_rest_that_is_longer_than_any_was_written_by_others_and_is_not_obeyed():
    pile = Pile([1, 2])
    for row, rest in ((1, LONGEST_REST), (2, LONGEST_REST + timedelta(seconds=1))):
        SetAside.objects.create(job="pile", row=str(row), error="ValueError", not_before=NOW + rest)
    pile.look()
    assert pile.tried == [2]


@pytest.mark.parametrize("job", ["alert_mail", "seal_history"])
def test_what_the_vault_tells_of_others_waits_for_no_rest(job):
    pile = Pile([1, 2], bad=[1, 2])
    (jobs,) = ([replace(one, waiting=pile.waiting, do=pile.do)] for one in JOBS if one.name == job)
    SetAside.objects.create(job=job, row="1", error="ValueError", not_before=NOW + FIRST_REST)
    for _ in range(3):
        assert look(queue="vault", now=NOW, jobs=jobs).failed == {job: 1}
    # The second row would fail as the first did: these jobs do all their rows at once.
    assert pile.tried == [1, 1, 1]
    assert SetAside.objects.get().failures == 4


def test_what_is_kept_of_a_failure_is_its_name_and_none_of_its_text():
    Pile([1], bad=[1]).look()
    assert SetAside.objects.get().error == "ValueError"


def test_a_batch_full_of_bad_rows_does_not_hide_the_good_ones_behind_it():
    bad = range(BATCH)
    pile = Pile([*bad, 1000, 1001], bad=bad)
    pile.look()
    assert pile.look(after=timedelta(seconds=5)) == Look(done={"pile": 2}, failed={"pile": 0})
    assert pile.tried == [1000, 1001]


def test_a_mended_row_is_done_and_its_failures_are_forgotten():
    pile = Pile([1], bad=[1])
    pile.look()
    pile.bad.clear()
    assert pile.look(after=FIRST_REST).done == {"pile": 1}
    pile.look(after=FIRST_REST)
    assert not SetAside.objects.exists()


def test_somebody_who_was_faster_is_no_failure():
    pile = Pile([1, 2], bad=[1])
    pile.error = AlreadyMoved()
    assert pile.look() == Look(done={"pile": 1}, failed={"pile": 0})
    assert not SetAside.objects.exists()


def test_where_no_key_can_be_opened_the_rows_wait_for_a_process_that_can():
    pile = Pile([1, 2], bad=[1, 2])
    pile.error = MasterKeyAbsent()
    assert pile.look().failed == {"pile": 1}
    assert pile.tried == [1]
    assert not SetAside.objects.exists()


def test_each_row_gets_the_moment_at_which_its_turn_comes():
    moments: list[datetime] = []
    before = timezone.now()
    look(
        queue="default", jobs=[Job("clock", "default", lambda _now, _limit: [1, 2], lambda _, now: moments.append(now))]
    )
    assert before < moments[0] < moments[1] < timezone.now()


def test_a_queue_does_its_own_jobs_only():
    assert set(look(queue="vault").done) == {job.name for job in JOBS if job.queue == "vault"}
