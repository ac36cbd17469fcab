"""How do the vault worker and its child process talk? One JSON object per frame, behind its length in four bytes;
a file that is too long for that goes as it is, behind its length too.
"""

import json
import socket
from time import monotonic
from typing import Any

#: A megabyte of file in base64, with a certificate beside it, fits.
MAX_FRAME = 4 * 1024 * 1024


class ChannelBroken(Exception):
    """The other side is gone, silent for too long, or talks nonsense."""


def send(channel: socket.socket, message: dict[str, Any], *, deadline: float | None = None) -> None:
    """Send one message; ``deadline`` is a moment of :func:`time.monotonic`. Raises ChannelBroken."""
    payload = json.dumps(message).encode()
    try:
        _limit(channel, deadline)
        channel.sendall(len(payload).to_bytes(4, "big") + payload)
    except OSError:
        raise ChannelBroken from None


def receive(channel: socket.socket, *, deadline: float | None = None) -> dict[str, Any]:
    """Receive one message; ``deadline`` is a moment of :func:`time.monotonic`. Raises ChannelBroken."""
    length = int.from_bytes(_exactly(channel, 4, deadline), "big")
    if length > MAX_FRAME:
        raise ChannelBroken
    try:
        message = json.loads(_exactly(channel, length, deadline))
    except ValueError:
        raise ChannelBroken from None
    if not isinstance(message, dict):
        raise ChannelBroken
    return message


def send_octets(channel: socket.socket, octets: bytes, *, deadline: float | None = None) -> None:
    """Send a file as it is, for which text would be too long. Raises ChannelBroken."""
    try:
        _limit(channel, deadline)
        channel.sendall(len(octets).to_bytes(4, "big"))
        channel.sendall(octets)
    except OSError:
        raise ChannelBroken from None


def receive_octets(channel: socket.socket, *, most: int, deadline: float | None = None) -> bytes:
    """Receive a file of at most so many octets. Raises ChannelBroken."""
    length = int.from_bytes(_exactly(channel, 4, deadline), "big")
    if length > most:
        raise ChannelBroken
    return bytes(_exactly(channel, length, deadline))


def _exactly(channel: socket.socket, count: int, deadline: float | None) -> bytearray:
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        try:
            _limit(channel, deadline)
            received = channel.recv_into(view)
        except OSError:
            raise ChannelBroken from None
        if received == 0:
            raise ChannelBroken
        view = view[received:]
    return buffer


def _limit(channel: socket.socket, deadline: float | None) -> None:
    if deadline is None:
        return
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    channel.settimeout(left)
