"""Does the calendar hold what people wrote into it, and does the narrowest word count?"""

from datetime import date

import pytest

from renewals import audit
from renewals.errors import NotPermitted
from renewals.errors.calendar import (
    CalendarDayGone,
    CalendarDayKnown,
    CalendarDayOfNowhere,
    CalendarDayUnchanged,
    CalendarDayUnsourced,
)
from renewals.expiry.calendar import Overlay
from renewals.expiry.overlay import add_day, overlay_for, overlays, remove_day
from renewals.models import Authority, CalendarDay

#: A Tuesday on which IMSS was closed by its collective contract the year before.
DAY = date(2026, 9, 15)
CLOSED, OPENED = Overlay(closed=frozenset({DAY})), Overlay(opened=frozenset({DAY}))
NOTHING = Overlay()


@pytest.fixture
def write(ana):
    def one(authority=Authority.IMSS, region="", *, opens=False, **told):
        usual = {"day": DAY, "authority": authority, "region": region, "opens": opens, "source": "DOF", "by": ana}
        return add_day(**usual | told)

    return one


def told(authority, region=""):
    return overlay_for(authority, first=DAY, last=DAY, region=region)


def test_a_word_for_one_authority_concerns_no_other(write):
    write(Authority.IMSS)
    assert [told(one) for one in (Authority.IMSS, Authority.SAT, Authority.FIRM)] == [CLOSED, NOTHING, NOTHING]


def test_a_word_for_everybody_concerns_all(write):
    write(Authority.EVERYBODY)
    assert {told(one) for one in (Authority.IMSS, Authority.SAT, Authority.FIRM)} == {CLOSED}


def test_a_word_for_one_state_concerns_no_other(write):
    write(Authority.IMSS, "PUE")
    assert [told(Authority.IMSS, region) for region in ("PUE", "OAX", "")] == [CLOSED, NOTHING, NOTHING]


def test_the_narrowest_word_counts(write):
    write(Authority.EVERYBODY)
    write(Authority.IMSS, opens=True)
    write(Authority.IMSS, "OAX")
    assert told(Authority.SAT) == CLOSED
    assert [told(Authority.IMSS, region) for region in ("", "PUE", "OAX")] == [OPENED, OPENED, CLOSED]


def test_days_outside_of_the_span_are_left_out(write):
    write()
    assert overlay_for(Authority.IMSS, first=date(2026, 9, 16), last=date(2026, 9, 30)) == NOTHING


def test_every_state_is_told_from_one_query(write, django_assert_num_queries):
    write(Authority.IMSS, "OAX")
    with django_assert_num_queries(1):
        known = overlays(Authority.IMSS, first=DAY, last=DAY)
        assert [known.of(region) for region in ("OAX", "PUE")] == [CLOSED, NOTHING]


def test_what_is_written_and_removed_is_on_the_record(write, ana):
    made = write(source="Contrato colectivo")
    remove_day(day_id=made.pk, by=ana)
    assert not CalendarDay.objects.exists()
    removed, added = audit.history_of(made)
    assert (added.name, removed.name, removed.person) == ("calendar.day_added", "calendar.day_removed", ana)
    facts = {"day": "2026-09-15", "authority": "imss", "region": "", "is_open": False, "source": "Contrato colectivo"}
    assert added.facts == removed.facts == facts
    with pytest.raises(CalendarDayGone):
        remove_day(day_id=made.pk, by=ana)


def test_two_words_of_one_authority_on_one_day_are_refused(write):
    write()
    with pytest.raises(CalendarDayKnown):
        write(opens=True)


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"source": " "}, CalendarDayUnsourced),
        ({"authority": Authority.FIRM, "region": "PUE"}, CalendarDayOfNowhere),
        ({"day": date(2026, 9, 16)}, CalendarDayUnchanged),
        ({"opens": True}, CalendarDayUnchanged),
    ],
)
def test_a_word_that_helps_nobody_is_refused(told, refusal, write):
    with pytest.raises(refusal):
        write(**told)
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize("who", ["beto", "dalia"])
def test_only_partners_change_the_calendar(who, write, request):
    person, made = request.getfixturevalue(who), write()
    with pytest.raises(NotPermitted):
        write(Authority.SAT, by=person)
    with pytest.raises(NotPermitted):
        remove_day(day_id=made.pk, by=person)
    assert CalendarDay.objects.get() == made
