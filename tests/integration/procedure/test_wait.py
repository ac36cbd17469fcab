"""Renewals that wait for somebody outside: for whom, until when, and how they go on."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.errors import RenewalClosed
from renewals.errors.waiting import (
    AlreadyWaiting,
    CheckDayClosed,
    CheckDayWrong,
    NothingToWaitFor,
    NotWaiting,
    StepBeingChecked,
    WaitCauseMissing,
)
from renewals.models import RenewalStep, StepState, Wait, WaitEnd, WaitKind
from renewals.procedure import cancelling, limits, waiting
from tests import walks

pytestmark = pytest.mark.django_db


@pytest.fixture
def walk(beto):
    """A renewal of the general plan at its first step, which needs no key."""
    return walks.laid_out(by=beto)


def begin_wait(walk, **changes):
    now = timezone.now()
    terms = {
        "renewal": walk.renewal,
        "kind": "client",
        "cause": "El cliente busca su contraseña",
        "check_on": limits.days_later(timezone.localdate(now), 2),
        "by": walk.by,
        "now": now,
    }
    return waiting.begin_wait(**{**terms, **changes})


def end_wait(walk, **changes):
    waiting.end_wait(**{"renewal": walk.renewal, "by": walk.by, "now": timezone.now(), **changes})


def test_a_renewal_waits_for_whom_is_said_until_it_goes_on(walk):
    wait = begin_wait(walk)
    assert (walk.row.state, walk.row.waiting_for, wait.step_key) == (StepState.WAITING, "client", "obtain")
    end_wait(walk, by=walk.second)
    wait.refresh_from_db()
    assert (walk.row.state, walk.row.waiting_for) == (StepState.PENDING, "")
    assert (wait.open, wait.how_ended, wait.ended_by) == (None, WaitEnd.ENDED, walk.second)
    assert [one.name for one in audit.history_of(walk.renewal)[:2]] == ["renewal.wait_ended", "renewal.wait_begun"]


def test_a_form_that_was_open_before_the_wait_can_still_be_handed_in_and_ends_it(walk):
    seen = walk.row.version
    wait = begin_wait(walk, by=walk.second)
    walk.hand_in(obtained="yes", version=seen)
    wait.refresh_from_db()
    assert (walk.row.key, wait.how_ended) == ("take_in", WaitEnd.MOVED)


def test_a_second_wait_is_refused(walk):
    begin_wait(walk)
    with pytest.raises(AlreadyWaiting):
        begin_wait(walk, kind="portal", by=walk.second)
    assert Wait.objects.count() == 1


def test_a_wait_is_ended_once(walk):
    begin_wait(walk)
    end_wait(walk)
    with pytest.raises(NotWaiting):
        end_wait(walk, by=walk.second)
    with pytest.raises(NotWaiting):
        waiting.postpone(
            renewal=walk.renewal,
            check_on=limits.days_later(timezone.localdate(), 3),
            by=walk.by,
            now=timezone.now(),
        )


def test_a_closed_renewal_does_not_wait_and_closing_ends_its_wait(walk):
    wait = begin_wait(walk)
    cancelling.cancel(renewal=walk.renewal, reason="El cliente ya no quiere", by=walk.by, now=timezone.now())
    wait.refresh_from_db()
    assert wait.how_ended == WaitEnd.CLOSED
    with pytest.raises(RenewalClosed):
        begin_wait(walk)


def test_what_a_worker_is_checking_does_not_wait(walk):
    RenewalStep.objects.filter(pk=walk.row.pk).update(state=StepState.WORKING)
    with pytest.raises(StepBeingChecked):
        begin_wait(walk)


def test_a_colleagues_word_is_nobody_to_wait_for(walk):
    RenewalStep.objects.filter(pk=walk.row.pk).update(state=StepState.WAITING, waiting_for="second_person")
    with pytest.raises(NothingToWaitFor):
        begin_wait(walk)


def test_a_step_that_did_not_pass_is_again_one_that_did_not_pass_when_its_wait_is_over(walk):
    RenewalStep.objects.filter(pk=walk.row.pk).update(state=StepState.FAILED, verdict_code="key_too_short")
    begin_wait(walk)
    end_wait(walk)
    assert (walk.row.state, walk.row.verdict_code) == (StepState.FAILED, "key_too_short")


@pytest.mark.parametrize("cause", ["", "   ", "ya"])
def test_a_wait_says_what_it_waits_for(walk, cause):
    with pytest.raises(WaitCauseMissing):
        begin_wait(walk, cause=cause)


def test_nobody_asks_again_in_the_past_in_years_or_on_a_closed_day(walk):
    today = timezone.localdate()
    for day in (today - timedelta(days=1), today + timedelta(days=400)):
        with pytest.raises(CheckDayWrong):
            begin_wait(walk, check_on=day)
    sunday = today + timedelta(days=7 + 6 - today.weekday())
    with pytest.raises(CheckDayClosed):
        begin_wait(walk, check_on=sunday)
    assert not Wait.objects.exists()


def test_what_was_waited_is_added_to_the_days_of_the_step(walk):
    begun = walk.row
    now = timezone.now()
    begin_wait(walk, now=now)
    end_wait(walk, now=now + timedelta(days=14))
    waited = limits.business_days_between(timezone.localdate(now), timezone.localdate(now + timedelta(days=14)))
    assert walk.row.due_on == limits.days_later(begun.due_on, waited)


def test_an_answer_of_the_client_ends_only_a_wait_for_the_client(walk):
    begin_wait(walk, kind="appointment")
    with transaction.atomic():
        ended = waiting.close_wait(walk.renewal.pk, how=WaitEnd.ANSWERED, by=walk.by, now=timezone.now())
    assert not ended
    end_wait(walk)
    begin_wait(walk, kind="client")
    with transaction.atomic():
        assert waiting.close_wait(walk.renewal.pk, how=WaitEnd.ANSWERED, by=walk.by, now=timezone.now())
    assert walk.row.state == StepState.PENDING


@pytest.mark.django_db(transaction=True)
def test_a_wait_ends_in_the_transaction_of_what_ends_it(walk):
    begin_wait(walk)
    with pytest.raises(RuntimeError):
        waiting.close_wait(walk.renewal.pk, how=WaitEnd.ENDED, by=walk.by, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_what_a_gate_finds_is_a_wait_as_well(vault_keys, beto):
    walk = walks.begin(by=beto)
    walk.take_out()
    walk.hand_in(portal_notice="no_link")
    found = Wait.objects.open().get(renewal=walk.renewal)
    tomorrow = limits.days_later(timezone.localdate(), 1)
    assert (found.kind, found.cause, found.check_on) == (WaitKind.PORTAL, "portal_no_link", tomorrow)
    walk.hand_in(portal_notice="revoked")
    again = Wait.objects.open().get(renewal=walk.renewal)
    assert (again.kind, walk.row.waiting_for) == (WaitKind.APPOINTMENT, "portal_revoked")
    walk.hand_in(portal_notice="expired")
    assert not Wait.objects.open().exists()


def test_what_was_on_hold_before_there_were_waits_has_a_day_to_ask_and_one_to_be_done(walk):
    RenewalStep.objects.filter(pk=walk.row.pk).update(
        state=StepState.WAITING, waiting_for="portal_revoked", due_on=None
    )
    migration = import_module("renewals.migrations.0005_the_guide_deepened")
    migration.steps_under_way(apps, None)
    today = timezone.localdate()
    assert Wait.objects.to_check(today=today).values_list("renewal", "kind").get() == (walk.renewal.pk, "appointment")
    assert walk.row.due_on > today
    waiting.end_wait(renewal=walk.renewal, by=walk.by, now=timezone.now())
    assert walk.row.state == StepState.PENDING
