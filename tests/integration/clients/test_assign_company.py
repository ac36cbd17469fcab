"""Who decides who works for a company?"""

import pytest

from renewals import audit
from renewals.clients.assignments import assign, unassign
from renewals.errors import CannotBeResponsible, NotPermitted
from renewals.models import Company
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(ana):
    return factories.company()


def test_an_assigned_person_sees_the_company_until_it_is_taken_away(company, ana, carla):
    assign(company=company, person=carla, by=ana)
    assign(company=company, person=carla, by=ana)
    assert list(Company.objects.visible_to(carla)) == [company]

    unassign(company=company, person=carla, by=ana)
    unassign(company=company, person=carla, by=ana)
    assert not Company.objects.visible_to(carla).exists()
    assert [event.name for event in audit.history_of_company(company)] == [
        "company.person_unassigned",
        "company.person_assigned",
    ]


def test_only_a_partner_assigns(company, beto, carla, dalia):
    for person in (beto, dalia):
        with pytest.raises(NotPermitted):
            assign(company=company, person=carla, by=person)
        with pytest.raises(NotPermitted):
            unassign(company=company, person=carla, by=person)


def test_who_only_looks_or_has_left_is_not_assigned(company, ana, carla, dalia):
    carla.is_active = False
    for person in (carla, dalia):
        with pytest.raises(CannotBeResponsible):
            assign(company=company, person=person, by=ana)
