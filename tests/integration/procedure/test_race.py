"""When two act at the very same moment, does exactly one of them move the renewal?"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from renewals.errors import AlreadyMoved, Refusal, RenewalClosed
from renewals.models import Certificate, Evidence, Person, Renewal, RenewalState, StepState
from renewals.procedure import activation, cancelling, layout, reopening, timers
from renewals.procedure.queueing import queue_renewals
from tests import factories
from tests.meanwhile import meanwhile
from tests.pairs import make_pair
from tests.walks import begin, laid_out

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time"),
]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do all of them in threads of their own, at the same moment; gives what each returned, or the refusal."""
    barrier = Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            return act()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def until_somebody_waits() -> None:
    """Come back once some other connection waits for a lock."""
    deadline = time.monotonic() + 10
    waiting = 0
    while not waiting and time.monotonic() < deadline:
        time.sleep(0.02)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            [waiting] = cursor.fetchone()
    assert waiting


def test_of_many_who_hand_in_a_step_one_moves_it(vault_keys: Path):
    walk = begin()
    seen = walk.row

    def hand_in() -> None:
        walk.hand_in("enter_idse", version=seen.version, portal_notice="expired", own_copy="yes")

    outcomes = at_once(*[hand_in] * 6)
    assert outcomes.count(None) == 1
    assert all(isinstance(one, AlreadyMoved) for one in outcomes if one is not None)
    assert Evidence.objects.filter(step=seen).count() == 2


def test_a_person_and_the_clock_move_the_step_once(vault_keys: Path):
    walk = begin().to("mail_that_never_comes")
    step = walk.row
    later = timezone.now().replace(year=timezone.now().year + 1)

    def moved_on() -> None:
        walk.hand_in(step.key, version=step.version, portal_screen="moved_on")

    at_once(moved_on, lambda: timers.pass_timer(step_id=step.pk, now=later))
    walk.renewal.refresh_from_db()
    step.refresh_from_db()
    assert (walk.renewal.current_step, step.state) == ("install_with_new_key", StepState.DONE)
    assert Evidence.objects.filter(step=step).count() in {1, 2}


def test_closing_and_cancelling_at_once_do_one_of_the_two(vault_keys: Path):
    walk = begin("csd").to("confirm")
    now = timezone.now()
    outcomes = at_once(
        lambda: activation.close(renewal=walk.renewal, by=walk.by, now=now),
        lambda: cancelling.cancel(renewal=walk.renewal, reason="La empresa cerró", by=walk.by, now=now),
    )
    assert sum(isinstance(one, RenewalClosed) for one in outcomes) == 1
    walk.renewal.refresh_from_db()
    assert walk.new_certificate.is_primary == (walk.renewal.state == RenewalState.DONE)
    assert Certificate.objects.filter(is_primary=True).count() == 1


def test_reopening_a_renewal_while_another_of_its_certificate_is_cancelled_locks_nobody(beto: Person):
    walk, now = laid_out(by=beto), timezone.now()
    cancelling.cancel(renewal=walk.renewal, reason="El cliente se fue", by=beto, now=now)
    queue_renewals(certificates=[walk.old_certificate], by=beto, now=now)
    other = Renewal.objects.get(open=True)
    # Somebody will hear of it: whoever cancels its renewal has that looked at again.
    Certificate.objects.update(next_mark_on=timezone.localdate() + timedelta(days=30))

    def reopen() -> None:
        try:
            reopening.reopen(renewal=walk.renewal, reason="El cliente volvió", by=beto, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        begun: list[Future[None]] = []

        def reopen_beside() -> None:
            begun.append(pool.submit(reopen))
            until_somebody_waits()

        with meanwhile('UPDATE "renewals_renewal"', reopen_beside):
            cancelling.cancel(renewal=other, reason="El cliente se fue", by=beto, now=now)
        begun[0].result(timeout=20)
    other.refresh_from_db()
    walk.renewal.refresh_from_db()
    assert (walk.renewal.state, other.state) == (RenewalState.OPEN, RenewalState.CANCELLED)


def test_a_renewal_is_laid_out_once_by_however_many_workers(beto: Person):
    certificate = factories.certificate(factories.company(responsible=beto), make_pair("npie"))
    queue_renewals(certificates=[certificate], by=beto, now=timezone.now())
    renewal = Renewal.objects.get()
    at_once(*[lambda: layout.lay_out(renewal_id=renewal.pk, now=timezone.now())] * 4)
    assert renewal.steps.count() == 14


def test_overlapping_requests_queue_each_certificate_once_and_never_lock(beto: Person):
    home, pair = factories.company(responsible=beto), make_pair("csd")
    rows = [
        factories.certificate(home, pair, sha256=f"{one:064x}", scope=f"Sucursal {one}", is_primary=False)
        for one in range(30)
    ]

    def ask(asked: list[Certificate]) -> Callable[[], object]:
        return lambda: queue_renewals(certificates=asked, by=beto, now=timezone.now())

    outcomes = at_once(ask(rows), ask(rows[::-1]), ask(rows[10:]), ask(rows[:20]))
    created = [one for outcome in outcomes for one in outcome.created]  # type: ignore[attr-defined]  # no refusals
    assert sorted(created) == [one.pk for one in rows]
    assert Renewal.objects.count() == 30
