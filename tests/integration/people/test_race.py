"""When partners change people at the very same moment, does each see what the other did?"""

import pytest
from django.db import connection
from django.utils import timezone

from renewals.errors.absences import AbsenceOverlaps, CannotStandIn, LeadInCircle
from renewals.models import Person, StandIn
from renewals.people.firm import take_access
from renewals.people.leads import set_lead
from renewals.people.stand_ins import appoint_stand_in
from tests import factories
from tests.integration.procedure.test_race import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one writer in at a time"),
]

NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def named(by, person, stand_in):
    word = {"by": by, "confirmed_at": NOW, "now": NOW}
    return lambda: appoint_stand_in(person=person, stand_in=stand_in, from_on=TODAY, until_on=TODAY, **word)


def test_of_many_named_for_one_day_one_stands_in(ana, beto):
    outcomes = at_once(*[named(ana, beto, factories.person(f"eva{number}")) for number in range(4)])
    assert sum(isinstance(one, AbsenceOverlaps) for one in outcomes) == 3
    assert StandIn.objects.count() == 1


def test_nobody_stands_in_whose_access_is_taken_at_that_moment(ana, beto, carla):
    word = {"by": ana, "confirmed_at": NOW, "now": NOW}
    outcomes = at_once(named(ana, beto, carla), lambda: take_access(person=carla, **word))
    assert isinstance(outcomes[0], CannotStandIn | StandIn)
    assert not StandIn.objects.not_over(today=TODAY).exists()


def test_two_leads_named_at_once_close_no_circle(ana, beto, carla):
    def led(person, lead):
        return lambda: set_lead(person=person, lead=lead, by=ana, confirmed_at=NOW, now=NOW)

    outcomes = at_once(led(beto, carla), led(carla, beto))
    assert sum(isinstance(one, LeadInCircle) for one in outcomes) == 1
    assert Person.objects.exclude(lead=None).count() == 1
