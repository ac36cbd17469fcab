"""Who decides who is told where somebody does not act?"""

from datetime import timedelta

import pytest
from django.utils import timezone

from renewals import audit
from renewals.errors import AlreadyMoved, ConfirmationNeeded, NotPermitted
from renewals.errors.absences import CannotLead, LeadInCircle, NeedsNoLead
from renewals.models import Company, Person
from renewals.people.leads import led_by, set_lead, who_may_lead
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def led(person, lead, by, confirmed_at=NOW):
    set_lead(person=person, lead=lead, by=by, confirmed_at=confirmed_at, now=NOW)


def test_a_partner_names_and_removes_a_lead(ana, beto, carla):
    led(beto, carla, ana)
    assert list(led_by(carla)) == [beto]
    led(beto, None, ana)
    assert not led_by(carla)
    last, _first = audit.history_of(beto)
    assert (last.name, last.facts) == ("person.lead_changed", {"lead": "", "lead_before": "carla"})


def test_a_lead_sees_none_of_the_companies_for_leading(ana, beto, carla):
    factories.company(responsible=beto)
    led(beto, carla, ana)
    assert not Company.objects.visible_to(carla).exists()


def test_leads_never_close_a_circle(ana, beto, carla):
    eva = factories.person("eva")
    led(beto, carla, ana)
    led(carla, eva, ana)
    for person, lead in ((beto, beto), (carla, beto), (eva, beto)):
        with pytest.raises(LeadInCircle):
            led(person, lead, ana)


def test_who_left_or_only_looks_leads_nobody_and_only_staff_have_a_lead(ana, beto, carla, dalia):
    Person.objects.filter(pk=carla.pk).update(is_active=False)
    for lead in (carla, dalia):
        with pytest.raises(CannotLead):
            led(beto, lead, ana)
    for person in (ana, dalia):
        with pytest.raises(NeedsNoLead):
            led(person, beto, ana)
    assert set(who_may_lead(beto)) == {ana}
    assert not who_may_lead(ana)


def test_somebody_elses_change_is_not_overwritten(ana, beto, carla):
    stale = Person.objects.get(pk=beto.pk)
    led(beto, carla, ana)
    with pytest.raises(AlreadyMoved):
        led(stale, ana, ana)
    assert list(led_by(carla)) == [beto]


def test_only_a_partner_with_a_fresh_password_decides(ana, beto, carla):
    for by in (beto, factories.person("dalia", role="auditor")):
        with pytest.raises(NotPermitted):
            led(beto, carla, by)
    for confirmed_at in (None, NOW - timedelta(minutes=11)):
        with pytest.raises(ConfirmationNeeded):
            led(beto, carla, ana, confirmed_at)
