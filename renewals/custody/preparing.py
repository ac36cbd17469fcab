"""How do the files of a request become a package that only the asking browser opens? Vault worker only."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from renewals import audit
from renewals.custody.authorising import authorise, within_bounds
from renewals.custody.covering import bundle_of, use_approval
from renewals.errors import MasterKeyFault, NothingToHandOut, ProverUnavailable, Refusal
from renewals.models import Certificate, Checkout, CheckoutState
from renewals.models.checkout import CheckoutQuerySet, Form, What
from renewals.vault import keyring, packaging, prover
from renewals.vault.packaging import Order, Packed

#: How long a worker may hold a request before another one takes it over.
LEASE = timedelta(minutes=2)
_VAULT = audit.Machine("vault")


def checkouts_waiting(now: datetime, limit: int) -> list[UUID]:
    """The requests to be prepared, oldest first."""
    return list(Checkout.objects.waiting(now=now).order_by("asked_at").values_list("pk", flat=True)[:limit])


def prepare(*, checkout_id: UUID, now: datetime) -> None:
    """Prepare one request; one that is not waiting (any more) is left alone.

    Raises:
        MasterKeyFault: this process is not the vault worker; the request goes on waiting.
        ProverUnavailable: nothing can be proved at the moment; the request goes on waiting.
    """
    # Asked before anything is claimed: where nothing can be opened or proved, nothing changes, and no opening is
    # written down that would count against somebody's limit.
    keyring.load()
    prover.ensure_running()
    lease_until = now + LEASE
    waiting = Checkout.objects.waiting(now=now).filter(pk=checkout_id)
    if waiting.update(state=CheckoutState.PREPARING, lease_until=lease_until) != 1:
        return
    rows = Checkout.objects.select_related("company", "certificate", "renewal__certificate", "person")
    checkout = rows.get(pk=checkout_id)
    try:
        checkout.mandate = authorise(checkout, now=now)
        packed = _packed(checkout, now)
        _finish(checkout, lease_until, packed, now)
    except (MasterKeyFault, ProverUnavailable):
        _held(checkout, lease_until).update(state=CheckoutState.ASKED, lease_until=None)
        raise
    except Refusal as refusal:
        _fail(checkout, lease_until, refusal)


def _packed(checkout: Checkout, now: datetime) -> Packed:
    if checkout.sealed_transport_key is None:
        raise NothingToHandOut
    order = Order(
        checkout_id=checkout.pk,
        company=checkout.company,
        sealed_transport_key=bytes(checkout.sealed_transport_key),
        by=checkout.person,
        reason=checkout.reason,
        now=now,
        form=Form(checkout.form),
    )
    if checkout.what == What.BUNDLE:
        return packaging.pack_bundle(order, certificates=bundle_of(checkout))
    if checkout.what == What.CERTIFICATE_PAIR:
        return packaging.pack_certificate_pair(order, certificate=_own_certificate(checkout))
    if checkout.what == What.PENDING_KEY:
        return packaging.pack_pending_key(order, key_id=_own_pending_key(checkout))
    return packaging.pack_new_passphrase(order, key_id=_own_pending_key(checkout))


# The web process wrote which rows belong together; the vault worker asks each of them whose it is.
def _own_certificate(checkout: Checkout) -> Certificate:
    if checkout.certificate is None or checkout.certificate.company_id != checkout.company_id:
        raise NothingToHandOut
    return checkout.certificate


def _own_pending_key(checkout: Checkout) -> UUID:
    renewal = checkout.renewal
    if renewal is None or renewal.company_id != checkout.company_id or renewal.pending_key_id is None:
        raise NothingToHandOut
    return renewal.pending_key_id


def _finish(checkout: Checkout, lease_until: datetime, packed: Packed, now: datetime) -> None:
    """Let the package go; a bundle uses up its approval in the same breath, so a death before this costs nothing."""
    with transaction.atomic():
        finished = _held(checkout, lease_until).update(
            state=CheckoutState.READY,
            lease_until=None,
            sealed_transport_key=None,
            package=packed.package,
            package_name=packed.package_name,
            passphrase_box=packed.passphrase_box,
            public_key_sha256=packed.public_key_sha256,
            mandate=checkout.mandate_id,
            # Whatever the row said: nothing outlives what the vault worker grants.
            expires_at=now + timedelta(minutes=within_bounds(checkout.minutes)),
        )
        if finished == 1:
            use_approval(checkout, by=_VAULT, now=now)
            audit.record(
                "checkout.prepared",
                by=_VAULT,
                subject=checkout,
                company=checkout.company_id,
                role=checkout.person.role,
                mandate=checkout.mandate_id,
            )


def _fail(checkout: Checkout, lease_until: datetime, refusal: Refusal) -> None:
    with transaction.atomic():
        failed = _held(checkout, lease_until).update(
            state=CheckoutState.FAILED,
            lease_until=None,
            sealed_transport_key=None,
            failure_code=refusal.code,
            failure_facts=refusal.facts,
        )
        if failed == 1:
            audit.record("checkout.failed", by=_VAULT, subject=checkout, company=checkout.company_id, code=refusal.code)


def _held(checkout: Checkout, lease_until: datetime) -> CheckoutQuerySet:
    return Checkout.objects.held_until(lease_until).filter(pk=checkout.pk)
