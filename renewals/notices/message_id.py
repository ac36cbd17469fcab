"""By which id do mail programs know a message, however often it is sent?"""

import uuid
from email.utils import parseaddr

from django.conf import settings


def new_message_id() -> str:
    """A new one that ends in the right half of the sender's address (RFC 5322 section 3.6.4)."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    return f"<{uuid.uuid4()}@{domain}>"
