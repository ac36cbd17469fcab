"""Who outside hears that a round went well, so that its silence is noticed where nobody looks at the dashboard?

A service that watches over programs is called after every good round; when the calls stop, it raises the alarm. The
call carries nothing: no name, no number. The address itself is a secret of a kind (whoever has it can call there) and
stands in no log.
"""

from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, socket
from threading import Timer
from urllib.parse import urlsplit

from django.conf import settings

from renewals.errors import AlreadyMoved
from renewals.errors.heartbeat import HeartbeatUnanswered
from renewals.models import SweepRun
from renewals.notices.life import Pulse, signs_of_life

#: A service that does not hurry is waited for so long, between two signs of it and in all: mails wait behind it.
SECONDS = 5
LONGEST = 15


def rounds_to_tell(now: datetime, limit: int) -> list[int]:
    """The newest round, where it was a good one, nobody outside was told of it, and there is somebody to tell."""
    if not settings.HEARTBEAT_URL:
        return []
    life = signs_of_life(now=now)
    if life.pulse is not Pulse.WELL or life.last is None or life.last.failed or life.last.heartbeat_at is not None:
        return []
    return [life.last.pk][:limit]


def beat(*, run_id: int, now: datetime) -> None:
    """Call the address, then note when. Two workers at once call twice, which tells the service nothing new.

    Raises:
        HeartbeatUnanswered: nobody there, or another answer than yes (redirects are not followed).
        AlreadyMoved: another worker has noted it.
    """
    _call(settings.HEARTBEAT_URL)
    if not SweepRun.objects.filter(pk=run_id, heartbeat_at=None).update(heartbeat_at=now):
        raise AlreadyMoved


def _call(url: str) -> None:
    # What goes wrong is told without its own words, which may quote the address.
    try:
        status = _status_of(url)
    except (OSError, HTTPException, ValueError):
        raise HeartbeatUnanswered(status=0) from None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise HeartbeatUnanswered(status=status)


def _status_of(url: str) -> int:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SECONDS)
    connection.connect()
    end = Timer(LONGEST, _end, [connection.sock])
    end.start()
    try:
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("GET", target, headers={"User-Agent": "Vigencia"})
        return connection.getresponse().status
    finally:
        end.cancel()
        connection.close()


def _end(connection: socket) -> None:
    """Below TLS, which another thread reads: it sees the end of what is said."""
    with suppress(OSError):
        socket.shutdown(connection, SHUT_RDWR)
