"""Does the firm's working time follow the law, its own calendar and the clock on its wall?"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from renewals.expiry.overlay import add_day
from renewals.expiry.working_time import is_working_day, is_working_time, next_opening, working_days
from renewals.models import Authority

MEXICO, TIJUANA = ZoneInfo("America/Mexico_City"), ZoneInfo("America/Tijuana")
#: A Friday; the Monday after the next one is a holiday.
FRIDAY = date(2026, 11, 6)


def at(day, hour, minute=0, *, zone=MEXICO):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


@pytest.fixture
def decide(ana):
    def one(day, *, opens, authority=Authority.FIRM):
        add_day(day=day, authority=authority, region="", opens=opens, source="Junta de socios", by=ana)

    return one


@pytest.mark.django_db
def test_the_firm_works_on_weekdays_that_are_no_holidays():
    days = [date(2026, 11, day) for day in (13, 14, 15, 16, 17)]
    assert [is_working_day(day) for day in days] == [True, False, False, False, True]


def test_the_firms_calendar_closes_and_opens_days(decide):
    decide(date(2026, 12, 24), opens=False)
    decide(date(2026, 12, 28), opens=False, authority=Authority.EVERYBODY)
    decide(date(2026, 12, 26), opens=True)
    decide(date(2026, 12, 29), opens=False, authority=Authority.IMSS)
    assert [is_working_day(date(2026, 12, day)) for day in (24, 26, 28, 29)] == [False, True, False, True]


@pytest.mark.django_db
def test_the_working_days_of_a_span_are_found_at_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        found = working_days(first=date(2026, 11, 13), last=date(2026, 11, 18))
    assert found == {date(2026, 11, day) for day in (13, 17, 18)}


@pytest.mark.django_db
def test_working_time_is_from_seven_until_just_before_nineteen():
    moments = [at(FRIDAY, 6, 59), at(FRIDAY, 7), at(FRIDAY, 18, 59), at(FRIDAY, 19), at(date(2026, 11, 7), 12)]
    assert [is_working_time(moment) for moment in moments] == [False, True, True, False, False]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        (at(FRIDAY, 5), at(FRIDAY, 7)),
        (at(FRIDAY, 9, 30), at(FRIDAY, 9, 30)),
        (at(FRIDAY, 19), at(date(2026, 11, 9), 7)),
        # Over a long weekend.
        (at(date(2026, 11, 13), 20), at(date(2026, 11, 17), 7)),
        # The local day is still Friday although it is Saturday in UTC.
        (datetime(2026, 11, 7, 0, 30, tzinfo=UTC), at(FRIDAY, 18, 30)),
    ],
)
def test_the_next_opening_is_now_or_at_seven_of_the_next_working_day(moment, opening):
    assert next_opening(moment) == opening


def test_a_calendar_that_closes_everything_holds_nothing_back_for_ever(decide):
    day = FRIDAY
    for _ in range(70):
        if is_working_day(day):
            decide(day, opens=False)
        day += timedelta(days=1)
    # Thirty days later it is Sunday.
    monday = FRIDAY + timedelta(days=31)
    assert next_opening(at(FRIDAY, 8)) == at(monday, 7)
    assert [is_working_day(monday + timedelta(days=days)) for days in (-3, 0, 1, 5)] == [False, True, True, False]


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date(2026, 3, 6), date(2026, 3, 9), date(2026, 10, 30), date(2026, 11, 3)])
def test_seven_is_seven_on_the_wall_when_the_clocks_of_the_border_change(day):
    """Tijuana changed its clocks on 8 March and 1 November 2026; the rest of the country has stopped doing so."""
    with timezone.override(TIJUANA):
        assert next_opening(at(day, 3, zone=TIJUANA)) == at(day, 7, zone=TIJUANA)
        assert not is_working_time(at(day, 6, 59, zone=TIJUANA))
        assert is_working_time(at(day, 7, zone=TIJUANA))


@pytest.mark.django_db
def test_a_night_with_a_change_of_clocks_ends_at_seven():
    with timezone.override(TIJUANA):
        opening = next_opening(at(date(2026, 3, 6), 20, zone=TIJUANA))
    assert opening.astimezone(UTC) == datetime(2026, 3, 9, 14, tzinfo=UTC)
