"""Does the step of the mail that never comes go on by itself, once, and only when its time has come?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from renewals.desk import pending
from renewals.models import Evidence, StepState
from renewals.procedure import cancelling, timers
from renewals.procedure.steps import plan_for
from tests.killing import every_boundary
from tests.walks import Walk, begin

pytestmark = pytest.mark.django_db(transaction=True)

WAITS = plan_for("npie").step("mail_that_never_comes").waits or timedelta()


def waiting() -> Walk:
    return begin().to("mail_that_never_comes")


def test_it_waits_with_a_next_look(vault_keys: Path):
    row = waiting().row
    assert (row.state, row.waiting_for) == (StepState.WAITING, "timer")
    assert row.check_at is not None
    assert row.check_at <= timezone.now() + WAITS


def test_it_goes_on_by_itself_once_its_time_has_come(vault_keys: Path):
    walk = waiting()
    pending.work(queue="default", now=timezone.now() + WAITS - timedelta(seconds=30))
    assert walk.row.key == "mail_that_never_comes"
    pending.work(queue="default", now=timezone.now() + WAITS)
    assert walk.row.key == "install_with_new_key"
    kept = Evidence.objects.get(step__key="mail_that_never_comes")
    assert (kept.grade, kept.by, kept.what) == ("T", None, "timer")


def test_a_machine_that_slept_for_days_catches_up(vault_keys: Path):
    walk = waiting()
    pending.work(queue="default", now=timezone.now() + timedelta(days=3))
    assert walk.row.key == "install_with_new_key"


def test_a_second_look_changes_nothing(vault_keys: Path):
    walk = waiting()
    step = walk.row
    for _ in range(2):
        timers.pass_timer(step_id=step.pk, now=timezone.now() + WAITS)
    assert Evidence.objects.filter(step=step).count() == 1


def test_a_person_may_be_faster(vault_keys: Path):
    walk = waiting()
    step = walk.row
    walk.hand_in(portal_screen="moved_on")
    timers.pass_timer(step_id=step.pk, now=timezone.now() + WAITS)
    assert walk.row.key == "install_with_new_key"
    assert sorted(Evidence.objects.filter(step=step).values_list("grade", flat=True)) == ["A", "T"]


def test_a_screen_that_stopped_is_not_passed_by_the_clock(vault_keys: Path):
    walk = waiting()
    walk.hand_in(portal_screen="stopped")
    pending.work(queue="default", now=timezone.now() + timedelta(days=1))
    assert (walk.row.key, walk.row.waiting_for) == ("mail_that_never_comes", "mail_stopped")
    walk.hand_in(portal_screen="moved_on")
    assert walk.row.key == "install_with_new_key"


def test_a_cancelled_renewal_is_not_moved(vault_keys: Path):
    walk = waiting()
    step = walk.row
    cancelling.cancel(renewal=walk.renewal, reason="La empresa cerró", by=walk.by, now=timezone.now())
    timers.pass_timer(step_id=step.pk, now=timezone.now() + WAITS)
    step.refresh_from_db()
    assert step.state == StepState.WAITING


def test_killed_anywhere_it_moves_once_in_the_end(vault_keys: Path):
    walk = waiting()
    step = walk.row

    def stands_waiting() -> None:
        Evidence.objects.filter(step=step).delete()
        type(step).objects.filter(pk=step.pk).update(
            state=StepState.WAITING, waiting_for="timer", check_at=timezone.now()
        )
        type(walk.renewal).objects.filter(pk=walk.renewal.pk).update(current_step=step.key)

    def moved_once(_: None) -> None:
        timers.pass_timer(step_id=step.pk, now=timezone.now() + WAITS)
        assert walk.row.key == "install_with_new_key"
        assert Evidence.objects.filter(step=step).count() == 1

    boundaries = every_boundary(
        prepare=stands_waiting,
        run=lambda _: timers.pass_timer(step_id=step.pk, now=timezone.now() + WAITS),
        check=moved_once,
    )
    assert boundaries >= 8
