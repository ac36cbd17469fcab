"""What one side of the socket sends the other receives, in time, or it is told that the channel is broken."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from renewals.vault import frames


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def soon() -> float:
    return time.monotonic() + 0.2


def test_a_message_arrives_as_it_was_sent(ends):
    frames.send(ends[0], {"operation": "prove", "passphrase": "ñ"})
    assert frames.receive(ends[1]) == {"operation": "prove", "passphrase": "ñ"}


@pytest.mark.parametrize(
    "sent", [b"\x00\x00\x00\x02[]", b"\x00\x00\x00\x03{x}", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x02\xff\xfe"]
)
def test_nonsense_breaks_the_channel(ends, sent):
    ends[0].sendall(sent)
    with pytest.raises(frames.ChannelBroken):
        frames.receive(ends[1], deadline=soon())


def test_silence_breaks_the_channel(ends):
    started = time.monotonic()
    with pytest.raises(frames.ChannelBroken):
        frames.receive(ends[1], deadline=soon())
    assert time.monotonic() - started < 5


def test_a_message_that_drips_in_does_not_outlast_the_deadline(ends):
    ends[0].sendall(b"\x00\x00")
    with pytest.raises(frames.ChannelBroken):
        frames.receive(ends[1], deadline=soon())


def test_a_moment_that_has_passed_waits_for_nothing(ends):
    frames.send(ends[0], {})
    with pytest.raises(frames.ChannelBroken):
        frames.receive(ends[1], deadline=time.monotonic() - 1)


def test_the_other_side_gone_breaks_the_channel(ends):
    ends[1].close()
    with pytest.raises(frames.ChannelBroken):
        frames.receive(ends[0])
    with pytest.raises(frames.ChannelBroken):
        frames.send(ends[0], {"much": "x" * 1_000_000})


def test_a_reader_that_does_not_read_does_not_hold_the_sender_up(ends):
    with pytest.raises(frames.ChannelBroken):
        frames.send(ends[0], {"much": "x" * 3_000_000}, deadline=soon())
