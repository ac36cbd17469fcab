"""What is still on its way out of the vault for a company that was given up, and how is it stopped?"""

from uuid import UUID

from django.db import transaction

from renewals import audit
from renewals.audit import Actor, Entry
from renewals.errors import KeysErased
from renewals.models import Certificate, Checkout, CheckoutState, Signing, SigningState
from renewals.models.checkout import What


def revoke_checkouts(*, company_id: int, by: Actor) -> int:
    """Destroy what every request for files of the company still holds, in the caller's transaction or one of its own.

    Whoever prepares one at this moment finds it moved on and writes nothing. Returns how many were stopped.
    """
    with transaction.atomic():
        stopped = _open_checkouts(company_id)
        Checkout.objects.filter(pk__in=stopped).open().update(state=CheckoutState.EXPIRED)
        Checkout.objects.filter(pk__in=stopped).update(
            lease_until=None, package=None, passphrase_box=None, sealed_transport_key=None
        )
        audit.record_many(
            Entry(name="checkout.revoked", by=by, subject=Checkout(pk=pk), company_id=company_id) for pk in stopped
        )
    return len(stopped)


def revoke_signings(*, company_id: int) -> int:
    """Let no document be signed any more with a key of the company. Returns how many were waiting."""
    waiting = Signing.objects.filter(renewal__company=company_id, state__in=[SigningState.ASKED, SigningState.SIGNING])
    return waiting.update(state=SigningState.FAILED, lease_until=None, failure_code=KeysErased.code, failure_facts={})


def _open_checkouts(company_id: int) -> list[UUID]:
    """Those that hold something: of the company, and bundles with a certificate of it."""
    holding = Checkout.objects.holding()
    own = list(holding.filter(company=company_id).values_list("pk", flat=True))
    certificates = set(Certificate.objects.filter(company=company_id).values_list("pk", flat=True))
    bundles = holding.filter(what=What.BUNDLE).exclude(company=company_id)
    mixed = [pk for pk, bundle in bundles.values_list("pk", "bundle") if certificates.intersection(bundle)]
    return own + mixed
