"""Is every mark told once, the most urgent first, whatever days the machine was asleep?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.expiry.windows import (
    LAST_DAY_AND_AFTER,
    MARKS,
    Crossing,
    Light,
    crossed,
    light,
    marks_before,
    next_mark_on,
    opens_renewal,
)

LAST_DAY = date(2026, 3, 3)
TWO_YEARS = 730
SIX_MONTHS = 182


def look(days_left: int, *, told: int | None, kind: str = "npie", validity: int = TWO_YEARS) -> Crossing | None:
    return crossed(
        expires_on=LAST_DAY,
        today=LAST_DAY - timedelta(days=days_left),
        kind=kind,
        validity_days=validity,
        already_told=told,
    )


@pytest.mark.parametrize(
    ("kind", "marks"),
    [
        ("npie", (60, 30, 15, 7, 3, 1)),
        ("efirma", (90, 60, 30, 15, 7, 3)),
        ("csd", (60, 30, 15, 7, 3)),
        ("unknown", (60, 30, 15, 7, 3)),
        ("a kind nobody has heard of", (60, 30, 15, 7, 3)),
    ],
)
def test_each_kind_has_its_marks(kind, marks):
    assert marks_before(kind, TWO_YEARS) == marks


def test_a_six_month_certificate_keeps_the_marks_within_half_its_life():
    assert marks_before("efirma", SIX_MONTHS) == (90, 60, 30, 15, 7, 3)
    assert marks_before("efirma", 150) == (60, 30, 15, 7, 3)
    assert marks_before("npie", 20) == (7, 3, 1)
    assert marks_before("npie", 1) == ()


def test_nothing_is_due_before_the_first_mark():
    assert look(61, told=None) is None


def test_a_mark_is_due_on_its_day():
    assert look(60, told=None) == Crossing(tell=60, absorbed=())


def test_a_mark_is_still_due_after_days_of_sleep():
    assert look(27, told=60) == Crossing(tell=30, absorbed=())


def test_a_told_mark_is_not_due_again():
    assert look(60, told=60) is None
    assert look(31, told=60) is None


def test_of_several_marks_the_most_urgent_is_told_and_the_others_are_absorbed():
    assert look(5, told=60) == Crossing(tell=7, absorbed=(30, 15))


def test_a_certificate_that_arrives_late_tells_its_most_urgent_mark_only():
    assert look(2, told=None) == Crossing(tell=3, absorbed=(60, 30, 15, 7))


def test_the_days_after_expiry_are_told_and_then_every_week():
    told = [day for day in range(0, -40, -1) if (found := look(day, told=day + 1)) and found.tell == day]
    assert told == [0, -1, -3, -7, -14, -21, -28, -35]


def test_weeks_that_passed_before_anybody_watched_are_no_marks_of_ours():
    found = look(-1000, told=None)
    assert found is not None
    assert found.tell == -994
    assert found.absorbed == (60, 30, 15, 7, 3, 1, 0, -1, -3, -7)


def test_weeks_slept_through_are_absorbed():
    assert look(-29, told=-7) == Crossing(tell=-28, absorbed=(-14, -21))


def test_a_clock_set_back_tells_nothing_again():
    assert look(8, told=7) is None


@given(
    kind=st.sampled_from(sorted(MARKS)),
    validity=st.integers(min_value=1, max_value=1500),
    arrives=st.integers(min_value=-60, max_value=200),
    naps=st.lists(st.integers(min_value=1, max_value=45), min_size=1, max_size=60),
)
def test_whatever_days_are_missed_each_mark_is_in_the_ledger_exactly_once(kind, validity, arrives, naps):
    ledger: list[int] = []
    today = LAST_DAY - timedelta(days=arrives)
    due_on: date | None = None
    for nap in naps:
        found = look((LAST_DAY - today).days, told=min(ledger, default=None), kind=kind, validity=validity)
        if due_on is not None:
            # The planted day is right: something is due on or after it, and nothing before.
            assert (found is not None) == (today >= due_on)
        if found is not None or due_on is None:
            ledger += [*(found.absorbed if found else ()), *([found.tell] if found else ())]
            due_on = next_mark_on(expires_on=LAST_DAY, today=today, kind=kind, validity_days=validity)
            assert due_on > today
        today += timedelta(days=nap)
    assert len(ledger) == len(set(ledger))
    assert ledger == sorted(ledger, reverse=True)
    if ledger:
        named = (*marks_before(kind, validity), *LAST_DAY_AND_AFTER)
        assert {mark for mark in named if mark >= min(ledger)} <= set(ledger)


@pytest.mark.parametrize(
    ("days_left", "next_at"), [(200, 60), (61, 60), (60, 30), (2, 1), (1, 0), (0, -1), (-2, -3), (-7, -14), (-8, -14)]
)
def test_the_next_mark_is_the_first_one_ahead(days_left, next_at):
    today = LAST_DAY - timedelta(days=days_left)
    planted = next_mark_on(expires_on=LAST_DAY, today=today, kind="npie", validity_days=TWO_YEARS)
    assert planted == LAST_DAY - timedelta(days=next_at)


@pytest.mark.parametrize(
    ("days_left", "kind", "colour"),
    [
        (-1, "npie", Light.EXPIRED),
        (0, "npie", Light.RED),
        (7, "csd", Light.RED),
        (8, "csd", Light.AMBER),
        (30, "npie", Light.AMBER),
        (31, "npie", Light.GREEN),
        (60, "efirma", Light.AMBER),
        (61, "efirma", Light.GREEN),
        (30, "unknown", Light.AMBER),
    ],
)
def test_the_light_turns_amber_when_the_renewal_should_begin_and_red_in_the_last_week(days_left, kind, colour):
    assert light(days_left, kind) is colour


def test_the_renewal_opens_in_time_for_each_kind():
    assert [mark for mark in MARKS["npie"] if opens_renewal(mark, "npie")] == [30, 15, 7, 3, 1]
    assert [mark for mark in MARKS["efirma"] if opens_renewal(mark, "efirma")] == [60, 30, 15, 7, 3]
    assert opens_renewal(-14, "csd")
    assert not opens_renewal(60, "unknown")
