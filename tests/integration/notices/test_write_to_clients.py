"""Does each contact of a client get a letter of their own, about their company alone?"""

from datetime import date, datetime, timedelta

import pytest

from renewals.audit import Machine
from renewals.models import Contact, Delivery, DeliveryState, Detour, Notice, NoticeState
from renewals.notices.round import sweep
from tests.factories import company
from tests.watching import at, watched

pytestmark = pytest.mark.django_db

#: A Tuesday on which the firm works.
TODAY = date(2026, 3, 3)
BY = Machine("sweep")


def contact(of, name, email, *, gets_notices=True):
    return Contact.objects.create(company=of, name=name, email=email, gets_notices=gets_notices)


def letters(moment: datetime) -> dict[str, Delivery]:
    known = set(Delivery.objects.values_list("pk", flat=True))
    sweep(now=moment, by=BY)
    rows = Delivery.objects.exclude(pk__in=known).filter(purpose="client").select_related("contact")
    return {str(row.contact): row for row in rows}


@pytest.fixture
def kemper(beto):
    return company(responsible=beto)


def test_every_contact_who_gets_notices_has_a_letter_of_their_own(kemper):
    contact(kemper, "Laura", "laura@kemper.example")
    contact(kemper, "Mario", "mario@kemper.example")
    contact(kemper, "Nadie", "nadie@kemper.example", gets_notices=False)
    row = watched(kemper, expires_on=TODAY + timedelta(days=15))
    found = letters(at(TODAY, 8))
    assert {name: one.address for name, one in found.items()} == {
        "Laura": "laura@kemper.example",
        "Mario": "mario@kemper.example",
    }
    for one in found.values():
        assert row.serial in one.text
        assert one.company == kemper
        assert "127.0.0.1" not in one.text + one.html
    assert row.notices.get(mark=15, audience="client").state == NoticeState.CARRIED


def test_no_letter_speaks_of_another_client_even_where_one_person_stands_for_both(kemper, beto):
    other = company(rfc="IIA040805DZ4", name="Indistria Ilimitada", responsible=beto)
    for one in (kemper, other):
        contact(one, f"Laura de {one.rfc}", "laura@grupo.example")
        watched(one, expires_on=TODAY + timedelta(days=15))
    found = letters(at(TODAY, 8))
    assert len(found) == 2
    for one in (kemper, other):
        letter = found[f"Laura de {one.rfc}"]
        stranger = other if one is kemper else kemper
        assert one.name in letter.text + letter.subject
        for copy in (letter.text, letter.html, letter.subject):
            assert stranger.name not in copy
            assert stranger.rfc not in copy


def test_one_letter_a_day_and_only_what_is_for_clients(kemper):
    contact(kemper, "Laura", "laura@kemper.example")
    near = watched(kemper, expires_on=TODAY + timedelta(days=15))
    far = watched(kemper, expires_on=TODAY + timedelta(days=60))
    (letter,) = letters(at(TODAY, 8)).values()
    assert near.serial in letter.text
    assert far.serial not in letter.text
    late = watched(kemper, expires_on=TODAY + timedelta(days=7))
    assert letters(at(TODAY, 9)) == {}
    assert late.serial in letters(at(TODAY + timedelta(days=1), 9))["Laura"].text


def test_where_no_contact_can_be_reached_the_responsible_person_is_told_so(kemper, beto, ana):
    contact(kemper, "Laura", "")
    row = watched(kemper, expires_on=TODAY + timedelta(days=15))
    assert letters(at(TODAY, 8)) == {}
    message = Delivery.objects.get(person=beto)
    assert message.text.count(row.serial) == 1
    assert "El cliente no tiene un correo que funcione" in message.text
    assert message.lines.get(notice__audience="client").detour == Detour.CLIENT_UNREACHED


def test_an_address_that_refused_this_letter_is_not_tried_twice_with_it(kemper, beto, ana):
    contact(kemper, "Laura", "laura@kemper.example")
    row = watched(kemper, expires_on=TODAY + timedelta(days=15))
    (letter,) = letters(at(TODAY, 8)).values()
    Delivery.objects.filter(pk=letter.pk).update(state=DeliveryState.FAILED, failure_code="recipient_refused")
    Notice.objects.filter(lines__delivery=letter).update(state=NoticeState.WAITING)
    assert letters(at(TODAY + timedelta(days=1), 8)) == {}
    message = Delivery.objects.get(person=beto, day=TODAY + timedelta(days=1))
    assert message.lines.get().notice == row.notices.get(mark=15, audience="client")
    assert "El cliente no tiene un correo que funcione" in message.text


def test_a_company_without_such_a_contact_has_no_lines_for_clients(kemper):
    contact(kemper, "Nadie", "nadie@kemper.example", gets_notices=False)
    row = watched(kemper, expires_on=TODAY + timedelta(days=15))
    assert letters(at(TODAY, 8)) == {}
    assert not row.notices.filter(audience="client").exists()
