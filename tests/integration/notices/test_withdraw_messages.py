"""Is a message compared with the world before it leaves, and made anew where the world has moved on?"""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.models import (
    Bounce,
    Certificate,
    Company,
    Contact,
    Delivery,
    DeliveryState,
    Notice,
    NoticeState,
    Person,
    Silence,
    StandIn,
)
from renewals.notices import delivery, freshness
from tests.factories import company, person
from tests.letters import TODAY, letter, told
from tests.watching import at, watched

pytestmark = pytest.mark.django_db

NOON = at(TODAY, 12)
BY = Machine("mail")


@pytest.fixture
def row(beto) -> Certificate:
    return watched(company(responsible=beto), expires_on=TODAY + timedelta(days=7))


@pytest.fixture
def message(beto, row) -> Delivery:
    return letter(beto, told(row), made_at=at(TODAY, 8))


def send(message: Delivery) -> bool:
    return delivery.send(delivery_id=message.pk, now=NOON, by=BY)


def assert_withdrawn(message: Delivery, reason: str) -> None:
    assert not send(message)
    assert mail.outbox == []
    message.refresh_from_db()
    assert (message.state, message.failure_code) == (DeliveryState.WITHDRAWN, reason)
    assert audit.history_of(message)[0].name == "delivery.withdrawn"
    assert set(Notice.objects.values_list("state", flat=True)) == {NoticeState.WAITING}


def renewed(row: Certificate) -> None:
    Certificate.objects.filter(pk=row.pk).update(retired_at=timezone.now(), is_primary=False)


def company_left(row: Certificate) -> None:
    Company.objects.filter(pk=row.company_id).update(closed_at=timezone.now())


def deadline_moved(row: Certificate) -> None:
    Certificate.objects.filter(pk=row.pk).update(deadline_on=row.deadline_on - timedelta(days=3))


def silenced(row: Certificate) -> None:
    who = person("ana", role="socio")
    until = TODAY + timedelta(days=2)
    Silence.objects.create(certificate=row, kind="snooze", reason="Cita el jueves", until_on=until, by=who)


@pytest.mark.parametrize("happens", [renewed, company_left, deadline_moved, silenced])
def test_what_was_settled_between_writing_and_sending_is_not_told(message, row, happens):
    happens(row)
    assert_withdrawn(message, "settled")


def owner_changed(row: Certificate) -> None:
    Company.objects.filter(pk=row.company_id).update(responsible=person("eva"))


def goes_away(row: Certificate) -> None:
    ana = person("ana", role="socio")
    StandIn.objects.create(person=person("beto"), stand_in=person("eva"), from_on=TODAY, until_on=TODAY, by=ana)


def mail_came_back(row: Certificate) -> None:
    before = letter(row.company.responsible, made_at=at(TODAY - timedelta(days=1), 8), state="failed")
    Delivery.objects.filter(pk=before.pk).update(attempts=1, failure_code="came_back")
    Bounce.objects.create(
        delivery=before,
        person=before.person,
        address=before.address,
        is_permanent=True,
        source="mailbox",
        report="1" * 64,
        reported_at=NOON,
        acted_at=NOON,
    )


@pytest.mark.parametrize("happens", [owner_changed, goes_away, mail_came_back])
def test_who_is_not_to_be_told_any_more_is_not(message, row, happens):
    happens(row)
    assert_withdrawn(message, "reader_changed")


def test_who_has_lost_access_gets_nothing_that_was_written_before(message, row, beto):
    Person.objects.filter(pk=beto.pk).update(is_active=False)
    assert_withdrawn(message, "recipient_left")


def test_one_line_that_is_settled_takes_the_others_along_to_be_told_anew(beto, row):
    other = watched(row.company, kind="csd", expires_on=TODAY + timedelta(days=3))
    message = letter(beto, told(row), told(other, mark=3), made_at=at(TODAY, 8))
    renewed(other)
    assert_withdrawn(message, "settled")


def test_what_could_not_leave_on_its_day_is_written_anew(beto, row):
    message = letter(beto, told(row), made_at=at(TODAY - timedelta(days=1), 18))
    assert_withdrawn(message, "outdated")


def test_what_missed_its_day_is_withdrawn_at_night_so_that_the_morning_tells_it(beto, row):
    message = letter(beto, told(row), made_at=at(TODAY - timedelta(days=1), 18))
    night = at(TODAY, 3)
    assert delivery.waiting(night, 10) == [message.pk]
    Delivery.objects.update(failure_code="no_answer")
    assert delivery.waiting(night, 10) == []
    Delivery.objects.update(failure_code="", day=TODAY)
    assert delivery.waiting(night, 10) == []


def test_an_alert_leaves_whatever_the_day(beto):
    assert send(letter(beto, made_at=at(TODAY - timedelta(days=2), 23), purpose="alert:1", is_critical=True))


def test_what_may_have_left_is_sent_again_as_it_is(message, row):
    Delivery.objects.update(attempts=1, failure_code="no_answer")
    renewed(row)
    assert send(message)
    assert mail.outbox[0].message()["Message-ID"] == message.message_id


def test_a_message_whose_worker_died_while_it_sent_may_have_left(message, row):
    Delivery.objects.update(state=DeliveryState.SENDING, lease_until=NOON - timedelta(minutes=1), attempts=1)
    renewed(row)
    assert send(message)


def test_a_failure_that_is_certain_leaves_the_message_to_be_compared_again(message, row):
    Delivery.objects.update(attempts=1, failure_code="server_unreachable")
    renewed(row)
    assert_withdrawn(message, "settled")


def test_it_goes_to_the_address_that_its_reader_has_by_now(message, beto):
    Person.objects.filter(pk=beto.pk).update(email="beto.nuevo@despacho.example")
    assert send(message)
    assert mail.outbox[0].to == ["beto.nuevo@despacho.example"]
    message.refresh_from_db()
    assert message.address == "beto.nuevo@despacho.example"


def test_what_is_withdrawn_again_and_again_leaves_in_the_end(beto, row):
    notice = told(row)
    renewed(row)
    for _ in range(freshness.MOST_WITHDRAWN):
        assert not send(letter(beto, notice, made_at=at(TODAY, 8)))
        Notice.objects.update(state=NoticeState.CARRIED)
    assert send(letter(beto, notice, made_at=at(TODAY, 8)))


@pytest.fixture
def contact(row) -> Contact:
    return Contact.objects.create(company=row.company, name="Laura", email="laura@cliente.example", gets_notices=True)


def to_client(row: Certificate, contact: Contact) -> Delivery:
    return letter(None, told(row, audience="client"), made_at=at(TODAY, 8), contact=contact, company=row.company)


def test_a_contact_is_written_to(row, contact):
    assert send(to_client(row, contact))
    assert mail.outbox[0].to == ["laura@cliente.example"]


def test_a_contact_who_gets_no_notices_any_more_gets_none(row, contact):
    message = to_client(row, contact)
    Contact.objects.update(gets_notices=False)
    assert_withdrawn(message, "recipient_left")


def test_a_contact_who_was_removed_gets_none(row, contact):
    message = to_client(row, contact)
    contact.delete()
    assert_withdrawn(message, "recipient_left")


def removed(contact: Contact) -> None:
    contact.delete()


def told_no_more(contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(gets_notices=False)


def left_with_the_company(contact: Contact) -> None:
    Company.objects.filter(pk=contact.company_id).update(closed_at=timezone.now())


@pytest.mark.parametrize("happens", [removed, told_no_more, left_with_the_company])
def test_a_contact_who_gets_nothing_any_more_gets_not_even_what_may_have_left_before(row, contact, happens):
    message = to_client(row, contact)
    Delivery.objects.update(attempts=1, failure_code="no_answer")
    happens(contact)
    assert not send(message)
    assert mail.outbox == []
    message.refresh_from_db()
    assert (message.state, message.failure_code) == (DeliveryState.FAILED, "recipient_left")


def test_messages_that_leave_one_after_the_other_are_compared_together(beto, row, django_assert_max_num_queries):
    messages = [letter(beto, told(row, mark=mark), made_at=at(TODAY, 8), purpose=f"critical:{mark}") for mark in (7, 3)]
    silenced(row)
    with delivery.one_after_the_other():
        assert not send(messages[0])
        with django_assert_max_num_queries(15):
            assert not send(messages[1])
    assert set(Delivery.objects.values_list("failure_code", flat=True)) == {"settled"}


def test_a_message_that_is_right_costs_few_questions_after_the_first(beto, row, django_assert_max_num_queries):
    messages = [letter(beto, told(row, mark=mark), made_at=at(TODAY, 8), purpose=f"critical:{mark}") for mark in (7, 3)]
    with delivery.one_after_the_other():
        assert send(messages[0])
        # Is the firm at work, claim, read, and record with its event.
        with django_assert_max_num_queries(6):
            assert send(messages[1])
