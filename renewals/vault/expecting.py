"""Which passphrase will the new key have, sealed before anybody sees it?"""

from dataclasses import dataclass, field
from uuid import UUID

from renewals.audit import Actor
from renewals.models import Company


@dataclass(frozen=True, slots=True)
class ExpectedKey:
    """A generated passphrase, sealed under the company's data key and not stored yet."""

    key_id: UUID
    company_id: int
    secret_id: UUID
    sealed: bytes = field(repr=False)


def generate_passphrase() -> str:
    """A passphrase by IDSE's rule (8 to 20 letters and digits), without characters that look alike."""
    raise NotImplementedError


def prepare_expected_key(*, company: Company) -> ExpectedKey:
    """Make and seal the passphrase of a key that is still to come; vault worker only, outside a transaction.

    Raises:
        MasterKeyAbsent: this process is not the vault worker.
    """
    raise NotImplementedError


def expect_prepared(expected: ExpectedKey, *, by: Actor) -> UUID:
    """Write the rows of an expected key in the caller's transaction. Returns the key's id."""
    raise NotImplementedError


def expect_key(*, company: Company, by: Actor) -> UUID:
    """Prepare an expected key and write it at once. Returns the key's id.

    A caller that must link the key to a row of its own uses the two halves, so that both rows commit together.

    Raises:
        MasterKeyAbsent: this process is not the vault worker.
    """
    raise NotImplementedError
