"""Does a message leave through a real mail server that is slow, moody, mute or gone?"""

from collections.abc import Iterator

import pytest

from renewals.desk import pending
from renewals.models import Delivery, DeliveryState
from renewals.notices import posting
from tests.factories import person
from tests.letters import TODAY, letter
from tests.services.mail_sink import Sink, mail_sink
from tests.watching import at

pytestmark = pytest.mark.django_db

NOON = at(TODAY, 12)


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    with mail_sink() as server:
        settings.EMAIL_BACKEND = "renewals.notices.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 2
        yield server


@pytest.fixture
def ten() -> list[Delivery]:
    return [letter(person(f"eva{number}"), made_at=NOON) for number in range(10)]


def look() -> int:
    return pending.look(queue="default", now=NOON).done["mail"]


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("state", "failure_code"))


def test_many_messages_share_a_connection(sink, ten):
    assert look() == 10
    assert sink.conversations == 1
    assert [str(message["Message-ID"]) for _, message in sink.accepted] == [row.message_id for row in ten]


def test_a_server_that_ends_a_connection_after_some_messages_gets_another_one_at_once(sink, ten):
    sink.most = 3
    assert look() == 10
    assert sink.conversations == 4
    assert set(states()) == {(DeliveryState.SENT, "")}


def test_it_refuses_one_and_the_others_leave_over_the_same_connection(sink, ten):
    sink.refuses = {ten[4].address: "550 5.1.1 no such user", ten[5].address: "452 4.2.2 full"}
    look()
    assert sink.conversations == 1
    assert len(sink.accepted) == 8
    assert states()[4:6] == [
        (DeliveryState.FAILED, "recipient_refused"),
        (DeliveryState.PENDING, "server_refused"),
    ]


def test_a_server_that_takes_a_message_and_says_nothing_may_have_it(sink, ten):
    sink.mute = True
    look()
    # One message met it; the others did not have to find out for themselves.
    assert states() == [(DeliveryState.PENDING, "no_answer"), *[(DeliveryState.PENDING, "")] * 9]
    assert len(sink.accepted) == 1
    sink.mute = False
    Delivery.objects.update(next_try_at=NOON)
    assert look() == 10
    copies = sink.ids_for(ten[0].address)
    assert copies == [ten[0].message_id] * 2


def test_a_slow_server_takes_what_it_can_and_the_rest_waits_untouched(sink, ten, monkeypatch):
    sink.pause = 0.05
    monkeypatch.setattr(posting, "LONGEST", 0.6)
    sent = look()
    assert 1 <= sent < 10
    assert states() == [(DeliveryState.SENT, "")] * sent + [(DeliveryState.PENDING, "")] * (10 - sent)
    assert Delivery.objects.filter(attempts=0).count() == 10 - sent


def test_a_server_that_is_too_slow_to_greet_is_left_alone(sink, ten, settings):
    settings.EMAIL_TIMEOUT = 0.2
    sink.pause = 1
    look()
    assert sink.conversations == 1
    assert states()[0] == (DeliveryState.PENDING, "server_unreachable")
    assert not Delivery.objects.due(now=NOON).exists()
