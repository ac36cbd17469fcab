"""Until when can each kind be renewed in the ordinary way, why until then, and what remains afterwards?"""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.expiry.deadlines import Deadline, Efirma, LateWay, Reason, deadline_of, late_way, year_after

LAST_DAY = date(2026, 6, 30)
TODAY = date(2026, 3, 3)
BY_STAMPING = date(2026, 6, 27)


def csd(efirma: Efirma | None, *, today: date = TODAY) -> Deadline:
    return deadline_of(kind="csd", expires_on=LAST_DAY, efirma=efirma, today=today)


@pytest.mark.parametrize("kind", ["npie", "unknown"])
def test_most_last_until_their_last_day(kind):
    assert deadline_of(kind=kind, expires_on=LAST_DAY, efirma=None, today=TODAY) == Deadline(LAST_DAY, Reason.EXPIRY)


def test_an_efirma_is_renewed_on_line_until_the_day_before():
    found = deadline_of(kind="efirma", expires_on=LAST_DAY, efirma=Efirma(1, LAST_DAY), today=TODAY)
    assert found == Deadline(date(2026, 6, 29), Reason.ONLINE_UNTIL)


def test_a_csd_leaves_three_days_for_stamping():
    assert csd(Efirma(1, date(2029, 1, 1))) == Deadline(BY_STAMPING, Reason.STAMPING)


@pytest.mark.parametrize("before", [1, 40, 90])
def test_a_csd_is_due_while_the_efirma_that_ends_first_still_lives(before):
    efirma = Efirma(7, BY_STAMPING - timedelta(days=before))
    assert csd(efirma) == Deadline(efirma.expires_on, Reason.EFIRMA_FIRST, 7)


@pytest.mark.parametrize("last_day", [BY_STAMPING, BY_STAMPING + timedelta(days=1), LAST_DAY])
def test_an_efirma_that_lasts_until_the_stamping_sets_nothing(last_day):
    assert csd(Efirma(7, last_day)) == Deadline(BY_STAMPING, Reason.STAMPING)


def test_an_efirma_that_ends_long_before_sets_nothing_since_it_will_be_renewed():
    assert csd(Efirma(7, BY_STAMPING - timedelta(days=91))) == Deadline(BY_STAMPING, Reason.STAMPING)


def test_once_that_efirma_has_ended_nobody_is_told_that_there_is_time_again():
    efirma = Efirma(7, BY_STAMPING - timedelta(days=40))
    found = csd(efirma, today=efirma.expires_on + timedelta(days=30))
    assert found == Deadline(efirma.expires_on, Reason.EFIRMA_FIRST, 7)


def test_a_csd_without_a_live_efirma_says_so():
    assert csd(None) == Deadline(BY_STAMPING, Reason.NEEDS_EFIRMA)
    assert csd(Efirma(7, BY_STAMPING - timedelta(days=150)), today=TODAY) == Deadline(BY_STAMPING, Reason.NEEDS_EFIRMA)


@given(
    kind=st.sampled_from(["npie", "efirma", "csd", "unknown"]),
    efirma=st.none() | st.builds(Efirma, st.just(1), st.dates(date(2020, 1, 1), date(2035, 1, 1))),
    today=st.dates(date(2020, 1, 1), date(2035, 1, 1)),
)
def test_a_deadline_is_never_after_the_last_day(kind, efirma, today):
    found = deadline_of(kind=kind, expires_on=LAST_DAY, efirma=efirma, today=today)
    assert found.on <= LAST_DAY
    assert (found.because is None) == (found.reason is not Reason.EFIRMA_FIRST)


def late(today: date, *, kind: str = "efirma", is_person: bool = False, has_live_representative: bool = False):
    return late_way(
        kind=kind,
        expires_on=LAST_DAY,
        is_person=is_person,
        has_live_representative=has_live_representative,
        today=today,
    )


def test_while_the_ordinary_way_is_open_there_is_no_late_one():
    assert late(date(2026, 6, 29)) is None
    assert late(BY_STAMPING, kind="csd") is None
    assert late(LAST_DAY, kind="npie") is None


def test_on_its_last_day_an_efirma_waits_for_its_end():
    found = late(LAST_DAY)
    assert found is not None
    assert (found.way, found.until) == (LateWay.AFTER_EXPIRY, date(2027, 6, 30))


@pytest.mark.parametrize(
    ("is_person", "has_live_representative", "way"),
    [
        (True, False, LateWay.SAT_ID),
        (False, True, LateWay.REPRESENTATIVE),
        (False, False, LateWay.NEEDS_REPRESENTATIVE),
    ],
)
def test_for_a_year_an_efirma_is_renewed_on_line_by_those_who_qualify(is_person, has_live_representative, way):
    for today in (date(2026, 7, 1), date(2027, 6, 30)):
        found = late(today, is_person=is_person, has_live_representative=has_live_representative)
        assert found is not None
        assert (found.way, found.until) == (way, date(2027, 6, 30))


def test_after_a_year_only_an_appointment_remains():
    found = late(date(2027, 7, 1), is_person=True)
    assert found is not None
    assert (found.way, found.until) == (LateWay.APPOINTMENT, None)


def test_a_csd_is_asked_for_anew_and_imss_renews_as_before():
    asked, renewed = late(date(2026, 6, 28), kind="csd"), late(date(2026, 7, 1), kind="npie")
    assert asked is not None
    assert renewed is not None
    assert (asked.way, renewed.way) == (LateWay.NEW_REQUEST, LateWay.ON_LINE)


def test_a_year_after_a_leap_day_is_the_28th():
    assert year_after(date(2028, 2, 29)) == date(2029, 2, 28)
