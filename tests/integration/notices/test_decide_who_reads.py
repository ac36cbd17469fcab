"""Whoever is to be told is decided from the firm as it stands today: owners, leads, absences, addresses that work."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from renewals.models import Bounce, Company, Delivery, Detour, Person, StandIn
from renewals.models.notice import Audience
from renewals.notices.recipients import Recipients, contacts_of, directory
from tests.factories import company, person

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


@pytest.fixture
def theirs(beto: Person) -> Company:
    return company(responsible=beto, with_mandate=False)


def away(somebody: Person, stand_in: Person, *, first: date = TODAY, last: date = TODAY, **fields: object) -> StandIn:
    return StandIn.objects.create(
        person=somebody, stand_in=stand_in, from_on=first, until_on=last, by=stand_in, **fields
    )


def led_by(somebody: Person, lead: Person) -> None:
    Person.objects.filter(pk=somebody.pk).update(lead=lead)


def bounced(address: str, **fields: object) -> None:
    message = Delivery.objects.create(
        day=TODAY,
        purpose="digest",
        address=address,
        message_id=f"<{address}>",
        next_try_at=timezone.now(),
        state="failed",
        failure_code="came_back",
        attempts=1,
    )
    Bounce.objects.create(
        delivery=message,
        address=address,
        source="mailbox",
        report=address,
        reported_at=timezone.now(),
        **{"is_permanent": True, "acted_at": timezone.now(), **fields},
    )


def readers(
    company: Company, audience: str = "responsible", *, today: date = TODAY, refused: tuple[str, ...] = ()
) -> Recipients:
    company.refresh_from_db()
    contacts = contacts_of([company.pk]).get(company.pk, ())
    # They were tried the day before.
    before = dict.fromkeys(refused, today - timedelta(days=1))
    return directory(today=today).recipients_of(audience, company, contacts=contacts, refused_addresses=before)


def test_whoever_answers_for_the_company_reads_it(theirs, beto):
    assert readers(theirs) == Recipients((beto,))


def test_a_new_owner_is_told_from_the_next_message_on(theirs, carla):
    Company.objects.filter(pk=theirs.pk).update(responsible=carla)
    assert readers(theirs).people == (carla,)


def test_a_stand_in_reads_it_on_exactly_those_days(theirs, beto, carla):
    away(beto, carla, first=TODAY, last=TODAY + timedelta(days=2))
    told = [readers(theirs, today=TODAY + timedelta(days=n)) for n in range(-1, 4)]
    assert [one.people for one in told] == [(beto,), (carla,), (carla,), (carla,), (beto,)]
    assert [one.detour for one in told] == ["", "away", "away", "away", ""]


def test_an_absence_that_was_ended_early_counts_no_more(theirs, beto, carla):
    away(beto, carla, ended_at=timezone.now())
    assert readers(theirs).people == (beto,)


def test_a_stand_in_who_is_away_passes_on_twice_at_most(theirs, beto, carla):
    eva, fabi, gil = person("eva"), person("fabi"), person("gil")
    away(beto, carla)
    away(carla, eva)
    away(eva, fabi)
    assert readers(theirs) == Recipients((fabi,), detour=Detour.AWAY)
    away(fabi, gil)
    led_by(beto, gil)
    assert readers(theirs) == Recipients((gil,), detour=Detour.UNCOVERED)


def test_two_who_stand_in_for_each_other_are_not_asked_in_a_circle(theirs, beto, ana):
    carla = person("carla")
    away(beto, carla)
    away(carla, beto)
    assert readers(theirs) == Recipients((ana,), detour=Detour.UNCOVERED)


@pytest.mark.parametrize(
    ("change", "detour"), [({"is_active": False}, "inactive"), ({"email": ""}, "no_address"), ({}, "undelivered")]
)
def test_what_the_owner_cannot_read_goes_to_their_lead_and_without_one_to_every_partner(
    theirs, beto, carla, ana, change, detour
):
    eva = person("eva", role="socio")
    Person.objects.filter(pk=beto.pk).update(**change)
    refused = () if change else ("Beto@despacho.example",)
    assert readers(theirs, refused=refused) == Recipients((ana, eva), detour=Detour(detour))
    led_by(beto, carla)
    assert readers(theirs, refused=refused) == Recipients((carla,), detour=Detour(detour))
    Person.objects.filter(pk=carla.pk).update(is_active=False)
    assert readers(theirs, refused=refused).people == (ana, eva)


def test_a_company_that_nobody_answers_for_is_every_partners(theirs, ana):
    Company.objects.filter(pk=theirs.pk).update(responsible=None)
    for audience in ("responsible", "lead", "partners"):
        assert readers(theirs, audience) == Recipients((ana,), detour=Detour.UNASSIGNED)


def test_mail_that_came_back_for_good_counts_until_somebody_says_that_the_address_works(theirs, beto, ana):
    bounced("BETO@despacho.example", settled_at=timezone.now())
    assert readers(theirs).people == (beto,)
    bounced("beto@despacho.example", is_permanent=False)
    assert readers(theirs).people == (beto,)
    Bounce.objects.update(is_permanent=True, settled_at=None)
    assert readers(theirs) == Recipients((ana,), detour=Detour.UNDELIVERED)


def test_the_lead_is_told_or_who_stands_in_for_them_or_every_partner(theirs, beto, carla, ana):
    assert readers(theirs, "lead") == Recipients((ana,), detour=Detour.NO_LEAD)
    led_by(beto, carla)
    assert readers(theirs, "lead") == Recipients((carla,), detour=Detour.ESCALATED)
    away(carla, person("eva"))
    assert readers(theirs, "lead").people == (person("eva"),)
    Person.objects.filter(username="eva").update(email="")
    assert readers(theirs, "lead") == Recipients((ana,), detour=Detour.NO_LEAD)


def test_an_escalation_does_not_end_with_whom_it_is_about(theirs, beto, carla, ana):
    led_by(beto, carla)
    absence = away(carla, beto)
    assert readers(theirs, "lead") == Recipients((ana,), detour=Detour.NO_LEAD)
    absence.delete()
    away(beto, carla)
    assert readers(theirs, "lead") == Recipients((ana,), detour=Detour.NO_LEAD)


def test_a_partner_who_answers_for_a_company_is_told_themselves(theirs, ana, carla):
    person("eva", role="socio")
    Company.objects.filter(pk=theirs.pk).update(responsible=ana)
    # From the time before she became a partner.
    led_by(ana, carla)
    assert readers(theirs, "lead") == Recipients((ana,))


def test_partners_with_access_and_an_address_that_works_are_told_late(theirs, ana):
    person("eva", role="socio", is_active=False)
    fabi, gil = person("fabi", role="socio"), person("gil", role="socio")
    bounced(fabi.email)
    assert readers(theirs, "partners") == Recipients((ana, gil), detour=Detour.LATE)
    assert readers(theirs, "partners", refused=(ana.email,)).people == (gil,)


def test_where_no_address_works_partners_are_tried_all_the_same(theirs, ana, beto):
    eva = person("eva", role="socio")
    assert readers(theirs, "partners", refused=(ana.email, eva.email)) == Recipients(
        (ana, eva), detour=Detour.LATE, is_last_resort=True
    )
    bounced(ana.email)
    # Rather one who refused this very line than one whose mail comes back.
    assert readers(theirs, "partners", refused=(eva.email,)).people == (eva,)
    bounced(eva.email)
    bounced(beto.email)
    for audience in ("responsible", "lead", "partners"):
        told = readers(theirs, audience)
        assert (told.people, told.is_last_resort) == ((ana, eva), True)
    assert directory(today=TODAY).partners == (ana, eva)


def test_contacts_are_told_only_where_somebody_said_so_and_their_address_works(theirs, beto):
    asked = theirs.contacts.create(name="Laura", email="laura@cliente.example", gets_notices=True)
    theirs.contacts.create(name="Mario", email="mario@cliente.example")
    theirs.contacts.create(name="Nora", gets_notices=True)
    assert readers(theirs, Audience.CLIENT) == Recipients(contacts=(asked,))
    bounced("laura@cliente.example")
    assert readers(theirs, Audience.CLIENT) == Recipients((beto,), detour=Detour.CLIENT_UNREACHED)


def test_where_nobody_can_be_told_the_line_waits(theirs, beto):
    Person.objects.filter(pk=beto.pk).update(is_active=False)
    told = readers(theirs)
    assert (told.people, told.contacts) == ((), ())


def test_the_directory_asks_three_questions_however_many_people_there_are(theirs, django_assert_num_queries):
    for number in range(5):
        led_by(person(f"mas{number}"), person("beto"))
    with django_assert_num_queries(3):
        book = directory(today=TODAY)
        for audience in Audience.values:
            book.recipients_of(audience, theirs)
