"""How does the asking browser get its files and the passphrase, each exactly once?

The web process holds what it decrypts only while it answers, and marks it as taken before it lets it go: a second
request finds nothing left to decrypt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from renewals import audit
from renewals.custody.covering import require_mandate
from renewals.errors import (
    CheckoutFailed,
    CheckoutLapsed,
    CheckoutNotReady,
    CheckoutOfAnotherBrowser,
    CheckoutTaken,
    NothingToHandOut,
    NotVisible,
    PassphraseShown,
    SealBroken,
)
from renewals.models import Checkout, CheckoutState, Person
from renewals.models.checkout import What
from renewals.vault.envelope import unlock_package
from renewals.vault.packaging import FILES, PASSPHRASE, passphrases_in


def take(
    *,
    checkout: Checkout,
    person: Person,
    transport_key: bytes | None,
    now: datetime,
    from_address: str | None = None,
) -> bytes:
    """The ZIP with the files, once; a second try, or one from another browser, goes on the record.

    Raises:
        CheckoutNotReady, CheckoutFailed, CheckoutTaken, CheckoutLapsed: where the request stands instead.
        CheckoutOfAnotherBrowser: no key, or not the one of the asking browser; the files stay where they are.
        NothingToHandOut: this request hands out a passphrase only.
        MandateMissing: the client ended the mandate meanwhile.
        NotVisible: somebody else's request.
    """
    with _on_the_record(checkout, person, from_address):
        if checkout.state == CheckoutState.TAKEN:
            raise CheckoutTaken
        _require_open(checkout, now)
        if checkout.package is None:
            raise NothingToHandOut
        files = _unlocked(checkout, bytes(checkout.package), transport_key, FILES)
        with transaction.atomic():
            ready = Checkout.objects.filter(pk=checkout.pk, state=CheckoutState.READY, expires_at__gt=now)
            if ready.update(state=CheckoutState.TAKEN, package=None, taken_at=now) != 1:
                raise CheckoutTaken
            audit.record(
                "checkout.taken", by=person, subject=checkout, company=checkout.company_id, address=from_address
            )
    return bytes(files)


def show_passphrase(
    *,
    checkout: Checkout,
    person: Person,
    transport_key: bytes | None,
    now: datetime,
    from_address: str | None = None,
) -> str:
    """The passphrase of the files, once. Raises as :func:`show_passphrases`."""
    ((_, passphrase),) = show_passphrases(
        checkout=checkout, person=person, transport_key=transport_key, now=now, from_address=from_address
    )
    return passphrase


def show_passphrases(
    *,
    checkout: Checkout,
    person: Person,
    transport_key: bytes | None,
    now: datetime,
    from_address: str | None = None,
) -> list[tuple[str, str]]:
    """The passphrase of the files, once; of a bundle the one of each folder, behind the folder's name.

    A second try, or one from another browser, goes on the record.

    Raises:
        CheckoutNotReady, CheckoutFailed, PassphraseShown, CheckoutLapsed: where the request stands instead.
        CheckoutOfAnotherBrowser: no key, or not the one of the asking browser; the passphrase stays where it is.
        NothingToHandOut: the files need none.
        MandateMissing: the client ended the mandate meanwhile.
        NotVisible: somebody else's request.
    """
    with _on_the_record(checkout, person, from_address):
        if checkout.passphrase_shown_at is not None:
            raise PassphraseShown
        _require_open(checkout, now)
        if checkout.passphrase_box is None:
            raise NothingToHandOut
        opened = _unlocked(checkout, bytes(checkout.passphrase_box), transport_key, PASSPHRASE)
        with transaction.atomic():
            unseen = Checkout.objects.filter(pk=checkout.pk, passphrase_box__isnull=False, expires_at__gt=now)
            if unseen.update(passphrase_box=None, passphrase_shown_at=now) != 1:
                raise PassphraseShown
            if checkout.what == What.NEW_PASSPHRASE:
                Checkout.objects.filter(pk=checkout.pk, state=CheckoutState.READY).update(
                    state=CheckoutState.TAKEN, taken_at=now
                )
            audit.record(
                "checkout.passphrase_shown",
                by=person,
                subject=checkout,
                company=checkout.company_id,
                address=from_address,
            )
    return passphrases_in(opened) if checkout.what == What.BUNDLE else [("", opened.decode())]


@contextmanager
def _on_the_record(checkout: Checkout, person: Person, from_address: str | None) -> Iterator[None]:
    """Write down a try to have once more what went out, or to have it elsewhere. Raises NotVisible for a stranger."""
    if checkout.person_id != person.pk:
        raise NotVisible
    try:
        yield
    except (CheckoutTaken, PassphraseShown, CheckoutOfAnotherBrowser) as refusal:
        with transaction.atomic():
            audit.record(
                "checkout.refused",
                by=person,
                subject=checkout,
                company=checkout.company_id,
                code=refusal.code,
                address=from_address,
            )
        raise


def _require_open(checkout: Checkout, now: datetime) -> None:
    if checkout.state == CheckoutState.FAILED:
        raise CheckoutFailed
    if checkout.state == CheckoutState.EXPIRED or checkout.expires_at <= now:
        raise CheckoutLapsed
    if checkout.state in {CheckoutState.ASKED, CheckoutState.PREPARING}:
        raise CheckoutNotReady
    # What is prepared already does not go out under a mandate that was ended a minute ago.
    require_mandate(checkout, now=now)


def _unlocked(checkout: Checkout, locked: bytes, transport_key: bytes | None, part: str) -> bytearray:
    if transport_key is None:
        raise CheckoutOfAnotherBrowser
    try:
        return unlock_package(locked, transport_key=transport_key, checkout=checkout.pk, part=part)
    except SealBroken:
        raise CheckoutOfAnotherBrowser from None
