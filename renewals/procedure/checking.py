"""Does what was handed in pass, where only the vault worker can tell? Claimed, looked at, written down once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from renewals.audit import Machine
from renewals.errors import (
    AlreadyMoved,
    KeyNotKept,
    KeyNotProved,
    MasterKeyFault,
    ProverUnavailable,
    Refusal,
)
from renewals.models import Renewal, RenewalStep
from renewals.procedure import gates, new_certificate, progress
from renewals.procedure.gates import Verdict
from renewals.procedure.handed import Outcome, Rejection, Situation
from renewals.procedure.portal_steps import UPLOAD
from renewals.procedure.steps import Grade, plan_of
from renewals.vault.facts import StoredKeyFacts, key_facts, key_id_of, public_key_is_known
from renewals.vault.proving import prove_and_package, read_pfx_certificate
from renewals.vault.storing import discard_upload
from renewals.vault.taking import take_custody

#: So long may a worker take; afterwards it counts as dead and another one begins again.
LEASE = timedelta(minutes=2)
#: A key that another worker is taking into custody is there within seconds.
LOOK_AGAIN = timedelta(seconds=10)

CHECKER = Machine("checker")

#: None: not decided yet, look again.
Check = Callable[[Situation], Outcome | Rejection | None]


def steps_waiting(now: datetime, limit: int) -> list[int]:
    """The steps that were handed in and wait for the vault worker."""
    rows = RenewalStep.objects.waiting_for_check(now=now).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def check_step(*, step_id: int, now: datetime) -> None:
    """Check one step; one that does not wait (any more), or that another worker holds, is left alone.

    Raises:
        MasterKeyFault, ProverUnavailable: nothing can be checked at the moment; the step goes on waiting.
        AlreadyMoved: somebody moved it meanwhile.
    """
    lease = now + LEASE
    if not RenewalStep.objects.waiting_for_check(now=now).filter(pk=step_id).update(lease_until=lease):
        return
    row = RenewalStep.objects.get(pk=step_id)
    renewal = Renewal.objects.select_related("company", "certificate", "new_certificate").get(pk=row.renewal_id)
    plan = plan_of(renewal.plan, renewal.edition)
    situation = Situation(renewal=renewal, step=plan.step(row.key), row=row, by=CHECKER, now=now)
    found = _checked(situation)
    if found is None:
        RenewalStep.objects.filter(pk=step_id, lease_until=lease).update(lease_until=now + LOOK_AGAIN)
    elif isinstance(found, Rejection):
        progress.reject(renewal=renewal, row=row, rejection=found, by=CHECKER)
    else:
        progress.move(renewal=renewal, plan=plan, row=row, outcome=found, by=CHECKER, now=now)


def _checked(situation: Situation) -> Outcome | Rejection | None:
    try:
        return CHECKS[situation.row.key](situation)
    except (MasterKeyFault, ProverUnavailable, AlreadyMoved):
        raise
    except KeyNotProved:
        return None
    except Refusal as refusal:
        return Rejection(refusal.code, refusal.facts)


def _pending_key_works(situation: Situation) -> Outcome | Rejection | None:
    """Step 4: the key opens with its passphrase, is long enough, and nobody has seen it before."""
    key = _in_custody(situation, situation.renewal.pending_key_id)
    if not isinstance(key, StoredKeyFacts):
        return key
    is_known = public_key_is_known(key.public_key_sha256, except_key=key.key_id)
    return Outcome(gates.mouse_entropy(key_bits=key.key_bits or 0, is_known=is_known))


def _pfx_is_ours(situation: Situation) -> Outcome | Rejection | None:
    """Step 8, as a PFX: it opens with the new passphrase and holds the pending key and a certificate for it."""
    key_id = new_certificate.pending_key_of(situation.renewal)
    secret_id = UUID(str(situation.row.answers[UPLOAD]))
    try:
        facts = read_pfx_certificate(secret_id=secret_id, key_id=key_id, by=CHECKER, reason="issued_pfx")
        return new_certificate.of_pending_key(situation, facts, also=lambda: _discarded(secret_id))
    except (MasterKeyFault, ProverUnavailable, KeyNotProved):
        raise
    except Refusal as refusal:
        return Rejection(refusal.code, refusal.facts, write=lambda: _discarded(secret_id))


def _discarded(secret_id: UUID) -> dict[str, str | int | bool | None]:
    discard_upload(secret_id=secret_id, by=CHECKER)
    return {UPLOAD: None}


def _new_pair_works(situation: Situation) -> Outcome | Rejection | None:
    """Step 11: the new pair signs, and goes into a PFX and out again."""
    certificate = new_certificate.born_in(situation.renewal)
    prove_and_package(certificate=certificate, by=CHECKER, reason="new_pair")
    return Outcome(gates.generated())


def _new_pair_in_custody(situation: Situation) -> Outcome | Rejection | None:
    """The general plan: the pair that was proved at the door has come into custody, where it was proved again."""
    key = _in_custody(situation, key_id_of(new_certificate.born_in(situation.renewal)))
    if not isinstance(key, StoredKeyFacts):
        return key
    told = {name: value for name, value in situation.row.answers.items() if name in gates.DATE_FACTS}
    return Outcome(Verdict(grades=(Grade.CRYPTOGRAPHIC,), facts=told))


def _in_custody(situation: Situation, key_id: UUID | None) -> StoredKeyFacts | Rejection | None:
    if key_id is None:
        raise KeyNotKept
    if key_facts(key_id).state in {"sealed", "taking"}:
        take_custody(key_id=key_id, now=situation.now)
    key = key_facts(key_id)
    if key.state == "failed":
        return Rejection(key.failure_code, key.failure_facts)
    return key if key.state == "proved" else None


#: Every step that needs the vault, and what is looked at.
CHECKS: Mapping[str, Check] = {
    "mouse_entropy": _pending_key_works,
    "certificate_saved": _pfx_is_ours,
    "generated": _new_pair_works,
    "take_in": _new_pair_in_custody,
}
