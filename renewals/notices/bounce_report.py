"""What does a report about returned mail say (RFC 3464)? Bytes from strangers in, facts out; no Django.

Anybody may write to the mailbox that reports go to, so what looks like work is refused before it is done, and nothing
is believed that does not name the Message-ID and the address (``bounces`` compares both).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser, HeaderParser

#: Bytes of a message that are looked at: a report with the whole of our longest message is a tenth of it.
LARGEST = 1_000_000
#: A report has three parts, the message that it returns has two more.
MOST_PARTS = 20
MOST_LINES = 30_000
#: A message of ours goes to one address; forwarding may add some.
MOST_RECIPIENTS = 10
_PART = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,118}>")
#: RFC 3463 section 2.
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
#: RFC 3463 section 3: the address is none (X.1, of which 7 and 8 are about our own), or its mailbox was closed (X.2.1).
_NO_ADDRESS = re.compile(r"5\.1\.(?!0*[78]$)\d{1,3}|5\.2\.1")


@dataclass(frozen=True, slots=True)
class Returned:
    """One message that did not arrive; ``addresses`` are the ones it names, in small letters.

    ``status`` is the code of RFC 3463, or nothing.
    """

    message_id: str
    addresses: frozenset[str]
    status: str

    @property
    def is_permanent(self) -> bool:
        """Whether another message would come back as well."""
        return is_of_address(self.status)


def is_of_address(status: str) -> bool:
    """Whether a code of RFC 3463 says that the address takes no mail at all.

    Every other failure is about that message or that moment: given up after days, full, too large, taken for spam.
    """
    return _NO_ADDRESS.fullmatch(status) is not None


def read_report(data: bytes) -> Returned | None:
    """What a report of delivery says; ``None`` for everything else: other mail, a delay, a success, a riddle."""
    if not _is_harmless(data):
        return None
    try:
        return _read(BytesParser(policy=policy.compat32).parsebytes(data))
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError):
        # Python's parser promises not to raise, and what is made of pieces of different kinds breaks that promise.
        return None


def _is_harmless(data: bytes) -> bool:
    return (
        len(data) <= LARGEST and data.count(b"\n") <= MOST_LINES and sum(1 for _ in _PART.finditer(data)) <= MOST_PARTS
    )


def _read(report: Message) -> Returned | None:
    if report.get_content_type() != "multipart/report" or not report.is_multipart():
        return None
    if str(report.get_param("report-type") or "").lower() != "delivery-status":
        return None
    parts = [part for part in report.walk() if part is not report]
    message_id = next((found for part in parts if (found := _message_id(part))), "")
    failures = [failure for part in parts for failure in _failures(part)][:MOST_RECIPIENTS]
    if not message_id or not failures:
        return None
    codes = [code for failure in failures if (code := _STATUS.match(_text(failure, "Status")))]
    return Returned(
        message_id=message_id,
        addresses=frozenset(address for failure in failures for address in _addresses(failure)),
        status=codes[0][0] if codes else "",
    )


def _failures(part: Message) -> Iterator[Message]:
    """The groups of fields about one recipient each (RFC 3464 section 2.3) that say "failed"."""
    if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
        return
    for group in part.get_payload():
        if isinstance(group, Message) and _text(group, "Action").lower() == "failed":
            yield group


def _addresses(group: Message) -> Iterator[str]:
    """The address that we wrote to, and the one where it ended; each after the kind of address."""
    for name in ("Original-Recipient", "Final-Recipient"):
        address = _text(group, name).partition(";")[2].strip().strip("<>").lower()
        if address:
            yield address


def _message_id(part: Message) -> str:
    """The id of the message that is returned, whole or by its headers."""
    returned: Message | None = None
    kind = part.get_content_type()
    if kind == "message/rfc822" and part.is_multipart():
        inner = part.get_payload(0)
        returned = inner if isinstance(inner, Message) else None
    elif kind == "text/rfc822-headers":
        headers = part.get_payload(decode=True)
        returned = HeaderParser().parsestr(headers.decode("ascii", "replace")) if isinstance(headers, bytes) else None
    found = _MESSAGE_ID.search(_text(returned, "Message-ID")) if returned is not None else None
    return found[0] if found else ""


def _text(part: Message, name: str) -> str:
    return str(part.get(name) or "").strip()
