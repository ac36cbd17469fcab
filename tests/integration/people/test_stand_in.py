"""Who may name a stand-in, what the stand-in sees and may do, and for exactly how long?"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from renewals import audit
from renewals.access import Right, company_for
from renewals.errors import ConfirmationNeeded, NotPermitted, NotVisible
from renewals.errors.absences import AbsenceDatesWrong, AbsenceOver, AbsenceOverlaps, CannotStandIn
from renewals.models import Assignment, Company, Person, StandIn
from renewals.people.firm import change_role, give_access_back, take_access
from renewals.people.stand_ins import appoint_stand_in, end_stand_in
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("America/Mexico_City"))


@pytest.fixture(autouse=True)
def _that_monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def theirs(beto) -> Company:
    return factories.company(responsible=beto)


@pytest.fixture
def stand_in(ana):
    """Ana names somebody, from today on unless told otherwise."""

    def named(person: Person, other: Person, *, first: int = 0, last: int = 0) -> StandIn:
        first_day, last_day = TODAY + timedelta(days=first), TODAY + timedelta(days=last)
        return appoint_stand_in(
            person=person, stand_in=other, from_on=first_day, until_on=last_day, by=ana, confirmed_at=NOW, now=NOW
        )

    return named


def sees(person: Person, company: Company, *, right: Right = Right.WORK) -> bool:
    try:
        company_for(person, company.pk, right)
    except (NotVisible, NotPermitted):
        return False
    return True


def test_a_stand_in_works_for_the_companies_on_exactly_those_local_days(theirs, beto, carla, stand_in):
    stand_in(beto, carla, first=1, last=2)
    seen = {}
    for hours in (0, 14.9, 15, 38, 62.9, 63):
        # From Monday at nine: local midnight is fifteen hours away, two hours before that of UTC's next day is over.
        with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
            seen[hours] = (sees(carla, theirs), sees(beto, theirs))
    assert seen == {
        0: (False, True),
        14.9: (False, True),
        15: (True, True),
        38: (True, True),
        62.9: (True, True),
        63: (False, True),
    }


def test_a_stand_in_also_works_where_the_absent_one_was_only_assigned(carla, beto, stand_in):
    others = factories.company()
    Assignment.objects.create(company=others, person=beto)
    stand_in(beto, carla)
    assert sees(carla, others)


def test_a_stand_in_of_a_partner_gets_the_partners_own_companies_and_no_partners_rights(ana, carla, stand_in):
    own, another = factories.company(responsible=ana), factories.company(rfc="XIA190128J61", name="Xenon")
    stand_in(ana, carla)
    assert (sees(carla, own), sees(carla, another)) == (True, False)
    assert not sees(carla, own, right=Right.MANAGE)
    with pytest.raises(NotPermitted):
        take_access(person=factories.person("eva"), by=carla, confirmed_at=NOW, now=NOW)


def test_whoever_stands_in_for_a_stand_in_who_is_away_sees_what_they_are_told_of(theirs, beto, carla, stand_in):
    eva, fabi, gil = (factories.person(name) for name in ("eva", "fabi", "gil"))
    stand_in(beto, carla)
    stand_in(carla, eva)
    stand_in(eva, fabi)
    stand_in(fabi, gil)
    assert [sees(one, theirs) for one in (carla, eva, fabi, gil)] == [True, True, True, False]


def test_an_auditor_stands_in_for_nobody_and_whoever_becomes_one_stops(theirs, ana, beto, carla, dalia, stand_in):
    with pytest.raises(CannotStandIn):
        stand_in(beto, dalia)
    absence = stand_in(beto, carla)
    change_role(person=carla, role="auditor", by=ana, confirmed_at=NOW, now=NOW)
    absence.refresh_from_db()
    assert absence.ended_by == ana
    change_role(person=carla, role="auxiliar", by=ana, confirmed_at=NOW, now=NOW)
    assert not sees(carla, theirs)


def test_losing_access_ends_standing_in_and_access_given_back_does_not_bring_it_back(
    theirs, ana, beto, carla, stand_in
):
    stand_in(beto, carla)
    take_access(person=carla, by=ana, confirmed_at=NOW, now=NOW)
    give_access_back(person=carla, by=ana, confirmed_at=NOW, now=NOW)
    assert not sees(Person.objects.get(pk=carla.pk), theirs)
    names = [event.name for event in audit.history_of(beto)]
    assert names == ["person.stand_in_ended", "person.stand_in_appointed"]


def test_the_work_of_somebody_who_left_goes_on_with_who_stands_in(theirs, ana, beto, carla, stand_in):
    stand_in(beto, carla)
    take_access(person=beto, by=ana, confirmed_at=NOW, now=NOW)
    assert (sees(carla, theirs), sees(beto, theirs)) == (True, False)


def test_ended_is_ended_at_once_and_once(theirs, ana, beto, carla, stand_in):
    absence = stand_in(beto, carla)
    end_stand_in(absence=absence, by=ana, confirmed_at=NOW, now=NOW)
    assert not sees(carla, theirs)
    with pytest.raises(AbsenceOver):
        end_stand_in(absence=absence, by=ana, confirmed_at=NOW, now=NOW)
    stand_in(beto, factories.person("eva"))


def test_two_do_not_stand_in_for_one_person_on_one_day(beto, carla, stand_in):
    eva = factories.person("eva")
    stand_in(beto, carla, first=3, last=5)
    for first, last in ((0, 3), (4, 4), (5, 9), (0, 9)):
        with pytest.raises(AbsenceOverlaps) as refused:
            stand_in(beto, eva, first=first, last=last)
        assert refused.value.facts == {"person": "carla", "first_on": "2026-11-26", "last_on": "2026-11-28"}
    stand_in(beto, eva, first=0, last=2)
    stand_in(beto, eva, first=6, last=6)


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (3, 2), (0, 366)])
def test_an_absence_has_days_in_order_from_today_and_within_a_year(beto, carla, stand_in, first, last):
    with pytest.raises(AbsenceDatesWrong):
        stand_in(beto, carla, first=first, last=last)
    assert not StandIn.objects.exists()


def test_nobody_stands_in_for_themselves_or_without_access(beto, carla, stand_in):
    Person.objects.filter(pk=carla.pk).update(is_active=False)
    for one in (beto, carla):
        with pytest.raises(CannotStandIn):
            stand_in(beto, one)


@pytest.mark.parametrize("who", ["beto", "dalia"])
def test_only_a_partner_names_and_ends(who, request, ana, beto, carla, stand_in):
    by = request.getfixturevalue(who)
    absence = stand_in(beto, carla)
    with pytest.raises(NotPermitted):
        appoint_stand_in(person=carla, stand_in=beto, from_on=TODAY, until_on=TODAY, by=by, confirmed_at=NOW, now=NOW)
    with pytest.raises(NotPermitted):
        end_stand_in(absence=absence, by=by, confirmed_at=NOW, now=NOW)


@pytest.mark.parametrize("confirmed_at", [None, NOW - timedelta(minutes=11)])
def test_only_somebody_who_has_just_typed_their_password(ana, beto, carla, stand_in, confirmed_at):
    absence = stand_in(beto, carla)
    with pytest.raises(ConfirmationNeeded):
        appoint_stand_in(
            person=carla, stand_in=beto, from_on=TODAY, until_on=TODAY, by=ana, confirmed_at=confirmed_at, now=NOW
        )
    with pytest.raises(ConfirmationNeeded):
        end_stand_in(absence=absence, by=ana, confirmed_at=confirmed_at, now=NOW)
