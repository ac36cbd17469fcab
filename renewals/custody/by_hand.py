"""How are a certificate's files handed out on the day when the pages or the vault's machine are gone?

By the same steps as always, one after another in one process that has the master key: asked for by a person with their
right, weighed and prepared by the vault, taken once, all of it on the record. There is no shorter way.
"""

from dataclasses import dataclass, field
from datetime import datetime

from renewals.custody import asking, preparing, taking
from renewals.errors import NothingToHandOut
from renewals.models import Certificate, Checkout, CheckoutState, Person
from renewals.vault import keyring


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The ZIP with the files, and the passphrase of the key (empty where it needs none)."""

    files: bytes = field(repr=False)
    passphrase: str = field(repr=False)


class NotHandedOut(Exception):
    """The vault refused; ``code`` and ``facts`` are those of its refusal, as the request keeps them."""

    def __init__(self, checkout: Checkout) -> None:
        super().__init__(checkout.failure_code)
        self.code, self.facts = checkout.failure_code, checkout.failure_facts


def hand_out(*, certificate: Certificate, person: Person, reason: str, now: datetime) -> HandedOut:
    """Ask for a certificate's files and take them at once; the person has just proved who they are.

    Raises:
        MasterKeyFault: this process has no master key; nothing was asked.
        NotHandedOut: the vault weighed the request and refused it.
        Refusal: as ``asking.ask`` and ``taking.take``.
    """
    # Asked first: a request that nobody here can prepare would wait for a vault that is gone.
    keyring.load()
    key = asking.new_transport_key()
    checkout = asking.ask(
        certificate=certificate,
        reason=reason,
        person=person,
        confirmed_at=now,
        from_address=None,
        transport_key=key,
        now=now,
    )
    preparing.prepare(checkout_id=checkout.pk, now=now)
    checkout.refresh_from_db()
    if checkout.state == CheckoutState.FAILED:
        raise NotHandedOut(checkout)
    files = taking.take(checkout=checkout, person=person, transport_key=key, now=now)
    try:
        passphrase = taking.show_passphrase(checkout=checkout, person=person, transport_key=key, now=now)
    except NothingToHandOut:
        passphrase = ""
    return HandedOut(files, passphrase)
