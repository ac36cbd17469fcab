"""Does a company keep a list of where its certificates are used, each place once?"""

from __future__ import annotations

import pytest
from django.utils import timezone

from renewals import audit
from renewals.clients import installations
from renewals.errors import NotPermitted, NotVisible
from renewals.errors.installations import PlaceGone, PlaceKnown, PlaceUnnamed
from renewals.models import Company, Installation, Person
from renewals.models.certificate import Kind
from tests.factories import company

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs(beto: Person) -> Company:
    return company(responsible=beto)


def add(theirs: Company, by: Person, *, name: str = "Nómina", kind: Kind = Kind.NPIE) -> Installation:
    return installations.add(company=theirs, kind=kind, name=name, note="PC de Laura", by=by, now=timezone.now())


def test_a_place_is_on_the_list_with_who_wrote_it(theirs, beto):
    made = add(theirs, beto, name="  Nómina   de planta ")
    assert [one.name for one in installations.installations_of(theirs)] == ["Nómina de planta"]
    assert audit.history_of(made).get().facts["place"] == "Nómina de planta"


def test_a_place_needs_a_name_and_stands_there_once_for_each_kind(theirs, beto):
    with pytest.raises(PlaceUnnamed):
        add(theirs, beto, name="   ")
    add(theirs, beto)
    with pytest.raises(PlaceKnown):
        add(theirs, beto)
    add(theirs, beto, kind=Kind.CSD)
    assert Installation.objects.count() == 2


def test_a_place_that_was_taken_off_can_come_back_and_stays_in_what_was(theirs, beto):
    made = add(theirs, beto)
    installations.remove(installation=made, by=beto, now=timezone.now())
    with pytest.raises(PlaceGone):
        installations.remove(installation=made, by=beto, now=timezone.now())
    add(theirs, beto)
    assert Installation.objects.count() == 2
    assert installations.installations_of(theirs).count() == 1


def test_only_those_who_work_for_the_company_change_its_list(theirs, ana, beto, carla, dalia):
    with pytest.raises(NotVisible):
        add(theirs, carla)
    with pytest.raises(NotPermitted):
        add(theirs, dalia)
    made = add(theirs, ana)
    with pytest.raises(NotPermitted):
        installations.remove(installation=made, by=dalia, now=timezone.now())
