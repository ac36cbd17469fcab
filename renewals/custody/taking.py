"""How does the asking browser get its files and the passphrase, each exactly once?"""

from datetime import datetime

from renewals.models import Checkout, Person


def take(*, checkout: Checkout, person: Person, transport_key: bytes | None, now: datetime) -> bytes:
    """The ZIP with the files, once.

    Raises:
        CheckoutNotReady, CheckoutFailed, CheckoutTaken, CheckoutLapsed, CheckoutOfAnotherBrowser, NotVisible.
    """
    raise NotImplementedError


def show_passphrase(*, checkout: Checkout, person: Person, transport_key: bytes | None, now: datetime) -> str:
    """The passphrase of the files, once.

    Raises:
        CheckoutNotReady, CheckoutFailed, PassphraseShown, CheckoutLapsed, CheckoutOfAnotherBrowser, NotVisible.
    """
    raise NotImplementedError
