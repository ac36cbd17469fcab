"""Is mail that came back told to whoever is next in line, once, and who is believed when they say that it did?"""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from renewals import audit
from renewals.audit import Machine
from renewals.desk import pending
from renewals.errors import NotPermitted, NotVisible
from renewals.errors.mailing import BounceSettled
from renewals.models import Bounce, BounceSource, Contact, Delivery, DeliveryState, Notice, NoticeState
from renewals.notices import bounces, delivery
from renewals.notices.bounces import Report
from renewals.notices.recipients import directory
from tests.factories import company
from tests.letters import TODAY, letter, told
from tests.watching import at, watched

pytestmark = pytest.mark.django_db

NOON = at(TODAY, 12)
SECRET = "proveedor:una-clave-que-nadie-adivina"


@pytest.fixture
def sent(beto) -> Delivery:
    row = watched(company(responsible=beto), expires_on=TODAY + timedelta(days=7))
    message = letter(beto, told(row), made_at=NOON)
    assert delivery.send(delivery_id=message.pk, now=NOON, by=Machine("mail"))
    return message


def report(message: Delivery, **fields: Any) -> Report:
    values: dict[str, Any] = {
        "message_ids": {message.message_id},
        "addresses": {message.address},
        "status": "5.1.1",
        "is_permanent": True,
        "source": BounceSource.MAILBOX,
        **fields,
    }
    return Report(fingerprint=hashlib.sha256(repr(sorted(fields)).encode()).hexdigest(), **values)


def act() -> None:
    pending.look(queue="default", now=NOON + timedelta(minutes=1))


@pytest.mark.parametrize(("status", "is_permanent"), [("5.1.1", True), ("4.4.7", False)])
def test_the_lines_of_a_message_that_came_back_wait_for_the_next_in_line(sent, status, is_permanent):
    assert bounces.record(report(sent, status=status, is_permanent=is_permanent), now=NOON)
    act()
    sent.refresh_from_db()
    assert (sent.state, sent.failure_code) == (DeliveryState.FAILED, "came_back")
    assert Notice.objects.get().state == NoticeState.WAITING
    assert audit.history_of(sent)[0].name == "delivery.came_back"
    # Only the mailbox that will never work is not written to any more.
    assert directory(today=TODAY).works(sent.address) is not is_permanent


def test_it_counts_once_however_often_it_is_reported_and_acted_on(sent):
    assert bounces.record(report(sent), now=NOON)
    assert not bounces.record(report(sent), now=NOON)
    assert not bounces.record(report(sent, status="5.2.1"), now=NOON)
    act()
    act()
    names = [event.name for event in audit.history_of(sent)]
    assert names.count("delivery.came_back") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"message_ids": {"<0c2a0a7e-8f0a-4a43-9b7f-0d7c1f6e1d11@despacho.example>"}},
        {"addresses": {"ana@despacho.example"}},
        {"addresses": set()},
    ],
)
def test_who_does_not_name_the_message_and_its_address_is_not_believed(sent, wrong):
    assert not bounces.record(report(sent, **wrong), now=NOON)
    assert not Bounce.objects.exists()


def test_what_was_never_handed_over_cannot_come_back(beto):
    assert not bounces.record(report(letter(beto, made_at=NOON)), now=NOON)


def test_a_message_that_is_being_sent_again_is_left_until_that_is_over(sent):
    bounces.record(report(sent), now=NOON)
    Delivery.objects.update(state=DeliveryState.SENDING, lease_until=NOON + timedelta(minutes=5))
    act()
    assert Bounce.objects.waiting().count() == 1
    Delivery.objects.update(state=DeliveryState.SENT, lease_until=None)
    act()
    assert not Bounce.objects.waiting().exists()


def test_whoever_works_for_it_says_that_the_address_works_and_it_is_written_to_again(sent, beto, carla, dalia):
    bounces.record(report(sent), now=NOON)
    row = Bounce.objects.get()
    for somebody, refusal in ((carla, NotVisible), (dalia, NotPermitted)):
        with pytest.raises(refusal):
            bounces.settle(bounce=row, by=somebody, now=NOON)
    bounces.settle(bounce=row, by=beto, now=NOON)
    assert directory(today=TODAY).works(sent.address)
    assert audit.history_of(row)[0].name == "bounce.settled"
    with pytest.raises(BounceSettled):
        bounces.settle(bounce=row, by=beto, now=NOON)


def test_a_contact_s_mail_is_seen_by_those_who_work_for_the_company(beto, carla, ana, client):
    ours = company(responsible=beto)
    contact = Contact.objects.create(company=ours, name="Laura", email="laura@cliente.example", gets_notices=True)
    message = letter(None, made_at=NOON, contact=contact, company=ours, attempts=1, state=DeliveryState.SENT)
    bounces.record(report(message), now=NOON)
    row = Bounce.objects.get()
    listing = reverse("admin:renewals_bounce_changelist")
    for somebody, sees in ((beto, True), (carla, False), (ana, True)):
        client.force_login(somebody)
        assert ("laura@cliente.example" in client.get(listing).content.decode()) is sees
    client.force_login(beto)
    assert "El correo ya funciona" in client.get(reverse("bounce", args=[row.pk])).content.decode()
    answer = client.post(reverse("bounce_settle", args=[row.pk]), follow=True).content.decode()
    assert "A laura@cliente.example se le vuelve a escribir." in answer
    assert "El correo ya funciona" not in answer


@pytest.fixture
def provider(settings) -> None:
    settings.MAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}


def call(client: Any, body: object, *, secret: str = SECRET) -> int:
    basic = base64.b64encode(secret.encode()).decode()
    answer = client.post(
        "/correo/devuelto/", data=body, content_type="application/json", headers={"Authorization": f"Basic {basic}"}
    )
    return int(answer.status_code)


def postmark(message: Delivery, **fields: object) -> dict[str, object]:
    """As its documents show a bounce, with the metadata that our header asked for."""
    return {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Metadata": {"message": message.message_id.strip("<>")},
        "Email": message.address,
        "BouncedAt": "2026-03-03T18:00:00Z",
        "Details": "smtp;550 5.1.1 user unknown",
        **fields,
    }


@pytest.mark.usefixtures("provider")
def test_a_provider_tells_by_a_call_what_came_back(sent, client):
    assert call(client, postmark(sent)) == 200
    row = Bounce.objects.get()
    assert (row.delivery, row.source, row.is_permanent) == (sent, BounceSource.WEBHOOK, True)
    act()
    assert Notice.objects.get().state == NoticeState.WAITING


@pytest.mark.usefixtures("provider")
def test_a_message_asks_its_provider_to_repeat_its_id(beto, mailoutbox):
    message = letter(beto, made_at=NOON)
    assert delivery.send(delivery_id=message.pk, now=NOON, by=Machine("mail"))
    assert mailoutbox[0].message()["X-PM-Metadata-message"] == message.message_id.strip("<>")


@pytest.mark.usefixtures("provider")
def test_a_soft_bounce_is_not_for_good_and_a_delivery_is_none(sent, client):
    assert call(client, postmark(sent, Type="SoftBounce")) == 200
    assert not Bounce.objects.get().is_permanent
    delivered = {**postmark(sent), "RecordType": "Delivery", "Recipient": sent.address, "DeliveredAt": "2026-03-03"}
    assert call(client, delivered) in {200, 400}
    assert Bounce.objects.count() == 1


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize(
    ("said", "is_permanent"),
    [
        ("smtp;550 5.1.1 user unknown", True),
        ("smtp;552 5.2.2 mailbox full", False),
        ("smtp;550 5.7.1 looks like spam", False),
        ("address rejected", True),
    ],
)
def test_the_server_s_own_code_says_more_than_the_provider_s_word_for_it(sent, client, said, is_permanent):
    assert call(client, postmark(sent, Details=said)) == 200
    assert Bounce.objects.get().is_permanent is is_permanent


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("secret", ["", "proveedor:otra", "otro:una-clave-que-nadie-adivina"])
def test_a_call_without_the_secret_is_refused_unread(sent, client, secret):
    assert call(client, postmark(sent), secret=secret) == 400
    assert not Bounce.objects.exists()


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("body", ["[]", "nada", "{}", '{"RecordType": "Bounce"}', json.dumps([[[]]] * 50)])
def test_a_call_that_makes_no_sense_writes_nothing_down_and_breaks_nothing(client, body):
    assert call(client, body) in {200, 400}
    assert not Bounce.objects.exists()


@pytest.mark.usefixtures("provider")
def test_a_call_that_is_too_large_is_refused_unread(client):
    assert call(client, "x" * 1_000_001) == 413


def test_no_call_is_heard_while_no_provider_was_named(sent, client):
    assert call(client, postmark(sent)) == 404
