"""Which reports wait in the mailbox that returned mail goes to? Read over IMAP with TLS, each looked at once."""

import hashlib
import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult, unquote, urlsplit

import structlog

from renewals.errors.mailing import BounceMailboxUnset, BounceMailboxUnusable
from renewals.models import BounceSource
from renewals.notices.bounce_report import LARGEST, read_report
from renewals.notices.bounces import Report, record

log = structlog.get_logger(__name__)

#: So many messages in one reading; the next one takes the next ones.
MOST = 500
#: Seconds that each answer of the server may take.
PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading found: messages that nobody had looked at, and those of ours that came back."""

    looked_at: int
    came_back: int


def read_bounces(*, url: str, now: datetime) -> Reading:
    """Look at every unread message of the mailbox, write down what came back, and mark it as read.

    ``url`` is ``imaps://user:password@host:993/Folder``; without a folder, the inbox. A message is marked once it is
    written down, so a reading that dies is repeated by the next one, and a report that is read twice counts once.

    Raises:
        BounceMailboxUnset: no mailbox was named.
        BounceMailboxUnusable: the address is none, or the server does not let anybody in or does not answer.
    """
    if not url:
        raise BounceMailboxUnset
    looked_at = came_back = 0
    try:
        with _mailbox(urlsplit(url)) as mailbox:
            for uid in _unread(mailbox)[:MOST]:
                came_back += _written_down(_message(mailbox, uid), now=now)
                mailbox.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
                looked_at += 1
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        log.warning("bounces.mailbox_unusable", error=type(error).__name__, looked_at=looked_at)
        # Not as its cause: what a server says about a password may repeat it.
        raise BounceMailboxUnusable(why=type(error).__name__) from None
    return Reading(looked_at, came_back)


@contextmanager
def _mailbox(url: SplitResult) -> Iterator[imaplib.IMAP4_SSL]:
    if url.scheme != "imaps" or not url.hostname:
        raise ValueError
    context = ssl.create_default_context()
    mailbox = imaplib.IMAP4_SSL(url.hostname, url.port or 993, ssl_context=context, timeout=PATIENCE)
    try:
        words = f"\0{unquote(url.username or '')}\0{unquote(url.password or '')}".encode()
        # RFC 4616, which every server offers over TLS: the older LOGIN takes no letters beyond ASCII.
        mailbox.authenticate("PLAIN", lambda _challenge: words)
        folder = unquote(url.path.strip("/")) or "INBOX"
        _require(mailbox.select('"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'))
        yield mailbox
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            mailbox.logout()


def _unread(mailbox: imaplib.IMAP4_SSL) -> list[str]:
    (found, *_) = _require(mailbox.uid("SEARCH", "UNSEEN"))
    return found.decode("ascii").split() if isinstance(found, bytes) else []


def _message(mailbox: imaplib.IMAP4_SSL, uid: str) -> bytes:
    """Its first bytes, without marking it as read; nothing where somebody deleted it meanwhile."""
    answer = _require(mailbox.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST}>)"))
    return next((part[1] for part in answer if isinstance(part, tuple)), b"")


def _require(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    word, data = answer
    if word != "OK":
        raise imaplib.IMAP4.error
    return data


def _written_down(data: bytes, *, now: datetime) -> bool:
    returned = read_report(data)
    if returned is None:
        return False
    report = Report(
        message_ids=(returned.message_id,),
        addresses=returned.addresses,
        status=returned.status,
        is_permanent=returned.is_permanent,
        source=BounceSource.MAILBOX,
        fingerprint=hashlib.sha256(data).hexdigest(),
    )
    return record(report, now=now)
