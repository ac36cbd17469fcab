"""May this person have key files, for this reason? Writes the request that the vault worker then prepares."""

from datetime import datetime

from renewals.models import Certificate, Checkout, Person, Renewal


def new_transport_key() -> bytes:
    """The random key (32 bytes) that only the asking browser keeps, in a cookie."""
    raise NotImplementedError


def ask(
    *,
    certificate: Certificate | None = None,
    renewal: Renewal | None = None,
    step_key: str = "",
    reason: str,
    person: Person,
    confirmed_at: datetime | None,
    from_address: str | None,
    transport_key: bytes,
    now: datetime,
) -> Checkout:
    """Ask for the files of a certificate, or for what a step of a renewal hands out.

    Raises:
        NotVisible, NotPermitted: the person may not work for the company.
        ConfirmationNeeded: the password was not typed again lately.
        ReasonMissing, TooManyCheckouts, NothingToHandOut: what the names say.
        IntakeKeyAbsent: the settings pin no intake key.
    """
    raise NotImplementedError
