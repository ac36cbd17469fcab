"""By which ids do mail programs know a message, however often it is sent, and the conversation that it belongs to?"""

import uuid
from email.utils import parseaddr

from django.conf import settings


def new_message_id() -> str:
    """A new one that ends in the right half of the sender's address (RFC 5322 section 3.6.4)."""
    return f"<{uuid.uuid4()}@{_domain()}>"


def thread_id(certificate_id: int) -> str:
    """The id that every message about one certificate refers to, so that mail programs show them together.

    No message bears it itself: whoever gets the second one first, or only that, sees a conversation all the same
    (RFC 5322 section 3.6.4 lets ``References`` name what the reader does not have).
    """
    return f"<certificate.{certificate_id}@{_domain()}>"


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
