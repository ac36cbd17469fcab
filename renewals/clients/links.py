"""What opens a request to a client? A word that is derived when it is needed, and never kept.

Whoever asks does not learn it, the row keeps its hash alone, and the mail that carries it is completed while it leaves.
The web derives it to write the hash, and the worker to mail it: both know the firm's secret key.
"""

import base64
import hashlib
from datetime import UTC
from hmac import compare_digest

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from renewals.models import ClientRequest

#: What stands in a mail where the link will be: a kept message says so to whoever reads it there.
PLACEHOLDER = "[enlace: solo va en el correo]"
_PURPOSE = "renewals.clients.links"


def token_of(request: ClientRequest) -> str:
    """The word of a saved request: 256 bits that nobody without the firm's secret key can derive.

    It stands for one row as it was asked: a row whose reader was exchanged, or that took the number of another one
    after a database was brought back, has another word.
    """
    asked_at = request.asked_at.astimezone(UTC).isoformat()
    told = "\n".join((str(request.pk), str(request.company_id), request.address, asked_at))
    return base64.urlsafe_b64encode(_keyed("token", told)).decode().rstrip("=")


def sha256_of(token: str) -> str:
    """What is kept of a word."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_untouched(request: ClientRequest) -> bool:
    """Whether the row still is the one that was asked: the same number, company, reader and moment."""
    return compare_digest(sha256_of(token_of(request)), request.token_sha256)


def link_of(request: ClientRequest) -> str:
    """The address that goes into the mail."""
    return str(settings.PUBLIC_URL) + reverse("client_link", args=[token_of(request)])


def peppered(request: ClientRequest, code: str) -> str:
    """What is hashed of a code: it cannot be guessed from the database alone, nor carried over from another row."""
    asked_at = request.asked_at.astimezone(UTC).isoformat()
    return _keyed("code", "\n".join((str(request.company_id), request.address, asked_at, code))).hex()


def _keyed(what: str, told: str) -> bytes:
    return salted_hmac(f"{_PURPOSE}.{what}", told, algorithm="sha256").digest()
