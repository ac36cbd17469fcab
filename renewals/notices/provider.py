"""What does a mail provider say came back? Its own words in, read by django-anymail; our reports out.

Messages go to a provider over SMTP like to any server; a header of its own asks it to repeat our Message-ID in what it
tells us. Without that package, which is optional, nothing is heard and everything is sent.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from renewals.models import BounceSource
from renewals.notices.bounce_report import is_of_address
from renewals.notices.bounces import Report


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that we know how to ask: which header it repeats, and what reads its calls."""

    header: str
    reader: str


#: Those that need no secret beyond the one in the address of the call. ``MAIL_PROVIDER`` names one.
PROVIDERS: Mapping[str, Provider] = {
    "brevo": Provider("X-Mailin-custom", "anymail.webhooks.brevo.BrevoTrackingWebhookView"),
    "mailjet": Provider("X-MJ-CustomID", "anymail.webhooks.mailjet.MailjetTrackingWebhookView"),
    "postmark": Provider("X-PM-Metadata-message", "anymail.webhooks.postmark.PostmarkTrackingWebhookView"),
}
#: What anymail calls the events after which nothing will arrive; a delay is none of them.
_CAME_BACK = frozenset({"bounced", "rejected", "failed"})
#: Its reasons that speak of the mailbox, where it repeats no code; the others are of this message or of a rule.
_OF_THE_MAILBOX = frozenset({"invalid", "bounced"})
_MESSAGE_ID = re.compile(r"<?([0-9a-f-]{36}@[A-Za-z0-9.-]{1,80})>?")
_STATUS = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
#: An event has a few dozen values; somebody who sends thousands of them wants us to work.
_MOST_VALUES = 200


class Event(Protocol):
    """What of anymail's tracking event is looked at."""

    event_type: str
    event_id: str | None
    timestamp: object
    recipient: str | None
    reject_reason: str | None
    mta_response: str | None
    esp_event: Any


def header_for(provider: str, message_id: str) -> dict[str, str]:
    """The header by which a provider repeats our Message-ID; none for other servers."""
    known = PROVIDERS.get(provider)
    return {known.header: message_id.strip("<>")} if known else {}


def report_of(event: Event) -> Report | None:
    """What one event says of a message that came back; ``None`` for everything else."""
    values = list(_texts(event.esp_event))
    ids = {f"<{found[1]}>" for value in values if (found := _MESSAGE_ID.fullmatch(value.strip()))}
    if event.event_type not in _CAME_BACK or not ids or not event.recipient:
        return None
    said = _STATUS.search(event.mta_response or "")
    status = said[0] if said else ""
    is_soft = status.startswith("4") or any(value.lower().replace("_", "") == "softbounce" for value in values)
    words = (*sorted(ids), event.recipient, event.event_id, event.timestamp)
    return Report(
        message_ids=ids,
        addresses={event.recipient.lower()},
        status=status,
        is_permanent=not is_soft and (is_of_address(status) if status else event.reject_reason in _OF_THE_MAILBOX),
        source=BounceSource.WEBHOOK,
        fingerprint=hashlib.sha256(repr(words).encode()).hexdigest(),
    )


def _texts(values: Any) -> Iterator[str]:
    """Every text in what was sent, two levels deep."""
    seen = 0
    for value in _members(values):
        for inner in (value, *_members(value)):
            seen += 1
            if seen > _MOST_VALUES:
                return
            if isinstance(inner, str):
                yield inner


def _members(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
