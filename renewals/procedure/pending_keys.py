"""What becomes of a key that was made and has no certificate yet, when its renewal goes back, ends or begins anew?

The key is never destroyed with the step that brought it: until its certificate comes it is the only way forward.
"""

from django.db import IntegrityError, transaction

from renewals import audit, dispatch
from renewals.audit import Actor
from renewals.errors import AlreadyMoved
from renewals.models import Evidence, Renewal, RenewalState
from renewals.procedure.steps import plan_of
from renewals.vault import pending_keys

#: The step at which a passphrase is given out, and the one at which the key that it locks comes in.
PASSPHRASE_STEP = "new_key_place"  # noqa: S105  # the name of a step
KEY_STEP = "mouse_entropy"
#: The step at which its certificate comes.
CERTIFICATE_STEP = "certificate_saved"
#: What proves both where a renewal goes on with a key that was made before.
ADOPTED = "adopted_key"


def first_step_undone(renewal: Renewal, to_key: str) -> str:
    """The step to which a renewal really goes back when somebody sends it back to ``to_key``.

    A key that came takes its passphrase with it, so whoever undoes its step chooses a passphrase again, too.
    """
    plan = plan_of(renewal.plan, renewal.edition)
    has_key = renewal.pending_key_id is not None and pending_keys.has_file(renewal.pending_key_id)
    return PASSPHRASE_STEP if plan.makes_new_key and to_key == KEY_STEP and has_key else to_key


def forget_pending_key(*, renewal: Renewal, by: Actor) -> None:
    """Let a renewal that goes back before its key was made expect another one; in the caller's transaction.

    A key whose file came is left behind as one without a certificate, and the vault makes a new passphrase. One whose
    file never came is still expected: its passphrase locks nothing yet.

    Raises:
        AlreadyMoved: somebody changed the renewal's key meanwhile.
    """
    key_id = renewal.pending_key_id
    if key_id is None or not pending_keys.has_file(key_id):
        return
    mine = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN, pending_key=key_id)
    if mine.update(pending_key=None, preflight_at=None, preflight_lease_until=None) != 1:
        raise AlreadyMoved
    renewal.pending_key_id, renewal.preflight_at = None, None
    audit.record("key.left_behind", by=by, subject=renewal, company=renewal.company_id, key=str(key_id))
    dispatch.wake("renewals.vault.work_pending")


def lost_its_key(renewal: Renewal) -> bool:
    """Whether another renewal went on with the key of this one, which stands after the step that gave it out."""
    plan = plan_of(renewal.plan, renewal.edition)
    if not plan.makes_new_key or renewal.pending_key_id is not None or renewal.new_certificate_id is not None:
        return False
    keys = plan.step_keys()
    return keys.index(renewal.current_step) > keys.index(PASSPHRASE_STEP)


def take_up_own_key(*, renewal: Renewal, by: Actor) -> bool:
    """Go on with the key that was made here, where nobody else does; in the caller's transaction.

    False where another renewal goes on with it, or its certificate came, or what was proved here is of another key.

    Raises:
        AlreadyMoved: somebody goes on with it at this moment.
    """
    proofs = Evidence.objects.filter(step__renewal=renewal, step__key=KEY_STEP, superseded_at=None)
    key = pending_keys.last_made_in(renewal.pk, company_id=renewal.company_id)
    if key is None or not proofs.exists() or proofs.filter(what=ADOPTED).exists():
        return False
    Renewal.objects.closed().filter(pending_key=key.key_id).update(pending_key=None)
    try:
        with transaction.atomic():
            taken = Renewal.objects.filter(pk=renewal.pk, pending_key=None).update(pending_key=key.key_id)
    except IntegrityError as error:
        raise AlreadyMoved from error
    if taken != 1:
        raise AlreadyMoved
    renewal.pending_key_id = key.key_id
    pending_keys.take_up_again(key_id=key.key_id)
    audit.record(
        "key.adopted", by=by, subject=renewal, company=renewal.company_id, key=str(key.key_id), renewal=renewal.pk
    )
    return True


def forget_new_certificate(*, renewal: Renewal, by: Actor) -> None:
    """Undo that a renewal has its new certificate; in the caller's transaction. Certificate and key both stay.

    Raises:
        AlreadyMoved: the certificate is in use already, or somebody else undid it.
    """
    certificate = renewal.new_certificate
    if certificate is None:
        return
    mine = Renewal.objects.filter(pk=renewal.pk, state=RenewalState.OPEN, new_certificate=certificate)
    if mine.update(new_certificate=None) != 1:
        raise AlreadyMoved
    renewal.new_certificate = None
    if renewal.pending_key_id is not None:
        pending_keys.detach_certificate(key_id=renewal.pending_key_id, certificate=certificate, by=by)
