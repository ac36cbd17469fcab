"""Is every mark told once to each audience, the most urgent first, whatever days the machine was asleep?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.expiry.windows import (
    DEADLINE_AND_AFTER,
    MARKS,
    Crossing,
    Hears,
    Light,
    audiences_at,
    crossings,
    default_marks,
    is_critical,
    light,
    marks_within,
    next_mark_on,
    opens_renewal,
)

DEADLINE = date(2026, 3, 3)
TWO_YEARS = 730
SIX_MONTHS = 182
NPIE = default_marks("npie")
EVERYBODY = tuple(Hears)


def crossed(
    days: int,
    *,
    told: dict[Hears, int] | None = None,
    kind: str = "npie",
    acknowledged: bool = False,
    has_client: bool = False,
) -> dict[Hears, Crossing]:
    return crossings(
        days_to_deadline=days,
        kind=kind,
        marks=default_marks(kind),
        told=told or {},
        acknowledged=acknowledged,
        has_client=has_client,
    )


def look(days: int, *, told: int | None) -> Crossing | None:
    """What the responsible person is to be told."""
    return crossed(days, told={} if told is None else {Hears.RESPONSIBLE: told}).get(Hears.RESPONSIBLE)


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
    assert marks_within(default_marks(kind), TWO_YEARS) == marks


def test_a_six_month_certificate_keeps_the_marks_within_half_its_life():
    assert marks_within(default_marks("efirma"), SIX_MONTHS) == (90, 60, 30, 15, 7, 3)
    assert marks_within(default_marks("efirma"), 150) == (60, 30, 15, 7, 3)
    assert marks_within(NPIE, 20) == (7, 3, 1)
    assert marks_within(NPIE, 1) == ()


def test_nothing_is_due_before_the_first_mark():
    assert crossed(61) == {}


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


def test_the_days_after_the_deadline_are_told_and_then_every_week():
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


@pytest.mark.parametrize(
    ("mark", "alone", "under_way"),
    [
        (60, {"responsible"}, {"responsible"}),
        (30, {"responsible", "client"}, {"responsible", "client"}),
        (15, {"responsible", "client"}, {"responsible", "client"}),
        (7, {"responsible", "client", "lead"}, {"responsible", "client"}),
        (3, {"responsible", "client", "lead"}, {"responsible", "client", "lead"}),
        (1, set(EVERYBODY), {"responsible", "client", "lead"}),
        (0, set(EVERYBODY), set(EVERYBODY)),
        (-14, set(EVERYBODY), set(EVERYBODY)),
    ],
)
def test_who_hears_of_a_mark_widens_as_it_gets_late_and_later_while_somebody_works_on_it(mark, alone, under_way):
    assert set(audiences_at(mark, kind="npie", acknowledged=False)) == alone
    assert set(audiences_at(mark, kind="npie", acknowledged=True)) == under_way


def test_the_client_of_an_efirma_hears_earlier():
    assert Hears.CLIENT in audiences_at(60, kind="efirma", acknowledged=False)
    assert Hears.CLIENT not in audiences_at(60, kind="csd", acknowledged=False)


def test_each_audience_has_its_own_ledger():
    assert crossed(1, told={Hears.RESPONSIBLE: 3, Hears.LEAD: 7}, has_client=True) == {
        Hears.RESPONSIBLE: Crossing(tell=1, absorbed=()),
        Hears.LEAD: Crossing(tell=1, absorbed=(3,)),
        Hears.PARTNERS: Crossing(tell=1, absorbed=()),
        Hears.CLIENT: Crossing(tell=1, absorbed=(30, 15, 7, 3)),
    }


def test_nobody_writes_for_a_client_without_a_contact():
    assert Hears.CLIENT not in crossed(1)


def test_a_lead_is_told_of_what_was_kept_from_them_once_nobody_works_on_it_any_more():
    told = {Hears.RESPONSIBLE: 7}
    assert crossed(5, told=told, acknowledged=True) == {}
    assert crossed(5, told=told, acknowledged=False) == {Hears.LEAD: Crossing(tell=7, absorbed=())}


def test_the_days_around_the_deadline_are_critical():
    assert [mark for mark in (7, 3, 1, 0, -1, -3) if is_critical(mark)] == [1, 0, -1]


@given(
    kind=st.sampled_from(sorted(MARKS)),
    validity=st.integers(min_value=1, max_value=1500),
    arrives=st.integers(min_value=-60, max_value=200),
    naps=st.lists(
        st.tuples(st.integers(min_value=1, max_value=45), st.booleans(), st.booleans()), min_size=1, max_size=60
    ),
)
def test_whatever_days_are_missed_each_mark_is_in_each_ledger_at_most_once_and_none_is_lost(
    kind, validity, arrives, naps
):
    ledger: dict[Hears, list[int]] = {who: [] for who in Hears}
    marks = marks_within(default_marks(kind), validity)
    today = DEADLINE - timedelta(days=arrives)
    due_on: date | None = None
    for nap, acknowledged, has_client in naps:
        found = crossings(
            days_to_deadline=(DEADLINE - today).days,
            kind=kind,
            marks=marks,
            told={who: min(lines) for who, lines in ledger.items() if lines},
            acknowledged=acknowledged,
            has_client=has_client,
        )
        if due_on is not None:
            # The planted day is right: something is due on or after it, and nothing before.
            assert (Hears.RESPONSIBLE in found) == (today >= due_on)
        for who, crossing in found.items():
            assert crossing.tell >= (DEADLINE - today).days
            ledger[who] += [*crossing.absorbed, crossing.tell]
        if Hears.RESPONSIBLE in found or due_on is None:
            due_on = next_mark_on(deadline_on=DEADLINE, today=today, marks=marks)
            assert due_on > today
        today += timedelta(days=nap)
    for lines in ledger.values():
        assert lines == sorted(set(lines), reverse=True)
    named = (*marks, *DEADLINE_AND_AFTER)
    heard = ledger[Hears.RESPONSIBLE]
    if heard:
        assert {mark for mark in named if mark >= min(heard)} <= set(heard)


@pytest.mark.parametrize(
    ("days_left", "next_at"), [(200, 60), (61, 60), (60, 30), (2, 1), (1, 0), (0, -1), (-2, -3), (-7, -14), (-8, -14)]
)
def test_the_next_mark_is_the_first_one_ahead(days_left, next_at):
    today = DEADLINE - timedelta(days=days_left)
    planted = next_mark_on(deadline_on=DEADLINE, today=today, marks=NPIE)
    assert planted == DEADLINE - timedelta(days=next_at)


@pytest.mark.parametrize(
    ("days", "kind", "colour"),
    [
        (-1, "npie", Light.RED),
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
def test_the_light_turns_amber_when_the_renewal_should_begin_and_red_in_the_last_week(days, kind, colour):
    assert light(days, kind, is_expired=False) is colour
    assert light(days, kind, is_expired=True) is Light.EXPIRED


def test_the_renewal_opens_in_time_for_each_kind():
    assert [mark for mark in MARKS["npie"] if opens_renewal(mark, "npie")] == [30, 15, 7, 3, 1]
    assert [mark for mark in MARKS["efirma"] if opens_renewal(mark, "efirma")] == [60, 30, 15, 7, 3]
    assert opens_renewal(-14, "csd")
    assert not opens_renewal(60, "unknown")
