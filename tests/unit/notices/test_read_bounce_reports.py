"""Is a report about returned mail understood, and everything else left alone without work?"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renewals.notices.bounce_report import LARGEST, Returned, read_report
from tests.bounced import report_about

ID = "<0c2a0a7e-8f0a-4a43-9b7f-0d7c1f6e1d11@despacho.example>"
LAURA = "laura@cliente.example"
GOOD = report_about(ID, LAURA)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_it_names_the_message_the_address_and_the_status(kind):
    returned = read_report(report_about(ID, LAURA, kind=kind))
    assert returned == Returned(message_id=ID, addresses=frozenset({LAURA}), status="5.1.1")
    assert returned.is_permanent


def test_where_mail_was_forwarded_both_addresses_are_named():
    returned = read_report(report_about(ID, "Laura@Cliente.example", final="otra@lejos.example"))
    assert returned is not None
    assert returned.addresses == {LAURA, "otra@lejos.example"}


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.10", "5.2.1"])
def test_an_address_that_is_none_or_was_closed_takes_no_other_message_either(status):
    returned = read_report(report_about(ID, LAURA, status=status))
    assert returned is not None
    assert returned.is_permanent


# Given up after days, full, too large, taken for spam, our own address, and no reason at all.
@pytest.mark.parametrize(
    "status", ["4.4.7", "4.1.1", "5.2.2", "5.2.10", "5.3.4", "5.4.7", "5.7.1", "5.1.7", "5.1.8", "5.0.0", ""]
)
def test_a_report_about_the_message_the_moment_or_us_says_nothing_of_the_address(status):
    returned = read_report(report_about(ID, LAURA, status=status))
    assert returned is not None
    assert not returned.is_permanent


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", ""])
def test_what_arrived_or_still_may_is_no_return(action):
    assert read_report(report_about(ID, LAURA, action=action)) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Hola, estoy de vacaciones.",
        GOOD.replace(b"multipart/report", b"multipart/mixed"),
        GOOD.replace(b"report-type=delivery-status", b"report-type=disposition-notification"),
        GOOD.replace(b"\nMessage-ID: <0c", b"\nX-Other: <0c"),
        GOOD[: len(GOOD) // 2],
        GOOD.replace(b"message/delivery-status", b"text/plain"),
    ],
)
def test_other_mail_says_nothing(data):
    assert read_report(data) is None


HOSTILE = {
    "nested parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(5_000)
    ),
    "messages in messages": b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
    "one endless header": b"Subject: " + b"a" * (LARGEST - 20),
    "a header in many lines": b"Subject: x\r\n" + b" y\r\n" * 25_000,
    "lines": b"\r\n" * (LARGEST // 2),
    "recipients": GOOD.replace(b"\r\nFinal-Recipient", b"\r\n\r\nAction: failed\r\nFinal-Recipient" * 500),
    "too large": GOOD + b"x" * LARGEST,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_what_only_costs_work_is_left_quickly(data):
    started = time.process_time()
    returned = read_report(data)
    assert time.process_time() - started < 1
    assert returned is None or len(returned.addresses) <= 10


@given(st.binary(max_size=300), st.integers(0, len(GOOD)))
@settings(max_examples=150, deadline=None)
def test_nothing_that_is_put_into_a_report_raises(noise, where):
    read_report(GOOD[:where] + noise + GOOD[where:])
