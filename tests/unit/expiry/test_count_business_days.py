"""Does a term end on the day that the law says?"""

from datetime import date

import pytest

from renewals.expiry.calendar import (
    Overlay,
    Rule,
    business_days_after,
    extended,
    is_business_day,
    is_open,
    labour_holidays,
)

LFT_2026 = [
    date(2026, 1, 1),
    date(2026, 2, 2),
    date(2026, 3, 16),
    date(2026, 5, 1),
    date(2026, 9, 16),
    date(2026, 11, 16),
    date(2026, 12, 25),
]


@pytest.mark.parametrize("rule", list(Rule))
@pytest.mark.parametrize("day", LFT_2026)
def test_holidays_of_the_labour_law_are_closed_everywhere(day, rule):
    assert not is_business_day(day, rule=rule)


@pytest.mark.parametrize("day", [date(2024, 10, 1), date(2030, 10, 1)])
def test_the_change_of_government_is_a_holiday_in_october(day):
    assert not is_business_day(day, rule=Rule.IMSS)


@pytest.mark.parametrize("day", [date(2024, 12, 2), date(2026, 12, 31), date(2026, 5, 11)])
def test_days_that_others_take_for_holidays_are_open(day):
    assert is_business_day(day, rule=Rule.SAT)


def test_only_sat_closes_on_the_fifth_of_may():
    assert [is_business_day(date(2026, 5, 5), rule=rule) for rule in Rule] == [True, True, False]


@pytest.mark.parametrize(
    ("rule", "start", "days", "end"),
    [
        # Five business days after Wednesday 29 April 2026, over Labour Day.
        (Rule.IMSS_AVISO, date(2026, 4, 29), 5, date(2026, 5, 7)),
        (Rule.IMSS, date(2026, 4, 29), 5, date(2026, 5, 7)),
        (Rule.SAT, date(2026, 4, 29), 5, date(2026, 5, 8)),
        # Ten after Monday 9 March 2026, over the third Monday.
        (Rule.IMSS_AVISO, date(2026, 3, 9), 10, date(2026, 3, 24)),
        (Rule.IMSS, date(2026, 3, 9), 10, date(2026, 3, 24)),
        (Rule.SAT, date(2026, 3, 9), 10, date(2026, 3, 24)),
        # Five after Friday 5 June 2026 end on a Friday: only IMSS terms that are no avisos move on.
        (Rule.IMSS_AVISO, date(2026, 6, 5), 5, date(2026, 6, 12)),
        (Rule.IMSS, date(2026, 6, 5), 5, date(2026, 6, 15)),
        (Rule.SAT, date(2026, 6, 5), 5, date(2026, 6, 12)),
        # A term that begins on a Sunday counts from Monday.
        (Rule.IMSS_AVISO, date(2026, 6, 7), 1, date(2026, 6, 8)),
    ],
)
def test_worked_terms(rule, start, days, end):
    assert business_days_after(start, days, rule=rule) == end


def test_days_that_an_authority_closed_besides_do_not_count():
    overlay = Overlay(closed=frozenset({date(2025, 9, 15)}))
    assert business_days_after(date(2025, 9, 12), 1, rule=Rule.IMSS_AVISO, overlay=overlay) == date(2025, 9, 17)
    assert business_days_after(date(2025, 9, 12), 1, rule=Rule.IMSS_AVISO) == date(2025, 9, 15)


def test_a_day_that_imss_opens_counts_in_its_terms():
    overlay = Overlay(opened=frozenset({date(2026, 5, 1), date(2026, 5, 2)}))
    assert business_days_after(date(2026, 4, 30), 2, rule=Rule.IMSS_AVISO, overlay=overlay) == date(2026, 5, 2)


def test_a_day_that_sat_opens_changes_none_of_its_terms():
    overlay = Overlay(opened=frozenset({date(2026, 5, 1), date(2026, 5, 2)}))
    assert business_days_after(date(2026, 4, 30), 1, rule=Rule.SAT, overlay=overlay) == date(2026, 5, 4)


def test_people_work_on_the_days_of_the_law_unless_somebody_decided_other():
    overlay = Overlay(
        closed=frozenset({date(2026, 12, 24)}), opened=frozenset({date(2026, 12, 26), date(2026, 12, 25)})
    )
    days = [date(2026, 12, day) for day in (23, 24, 25, 26, 27)]
    assert [is_open(day) for day in days] == [True, True, False, False, False]
    assert [is_open(day, overlay=overlay) for day in days] == [True, False, True, True, False]


def test_holidays_have_the_names_that_people_use():
    assert labour_holidays(2026)[date(2026, 5, 1)] == "Día del Trabajo"


@pytest.mark.parametrize(
    ("rule", "end", "really"),
    [
        (Rule.IMSS_AVISO, date(2026, 5, 1), date(2026, 5, 1)),
        (Rule.IMSS, date(2026, 5, 1), date(2026, 5, 4)),
        (Rule.SAT, date(2026, 5, 1), date(2026, 5, 4)),
        (Rule.IMSS, date(2026, 6, 12), date(2026, 6, 15)),
        (Rule.SAT, date(2026, 6, 12), date(2026, 6, 12)),
        (Rule.SAT, date(2026, 6, 13), date(2026, 6, 15)),
    ],
)
def test_a_date_that_falls_on_a_closed_day_moves_except_for_avisos(rule, end, really):
    assert extended(end, rule=rule) == really


def test_a_friday_before_a_long_weekend_moves_over_it():
    assert extended(date(2026, 1, 30), rule=Rule.IMSS) == date(2026, 2, 3)
