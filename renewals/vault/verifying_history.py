"""Which audit keys vouch for the history, and does it hold under them?"""

from collections.abc import Sequence
from datetime import datetime

from renewals.audit.findings import Report
from renewals.audit.statements import Held
from renewals.audit.verifying import verify
from renewals.errors import MasterKeyFault, Refusal, SealBroken
from renewals.vault import audit_key
from renewals.vault.audit_key import PublicAuditKey, Signed


def verify_history(*, held: Sequence[Held] = (), now: datetime) -> Report:
    """Look at the whole history, with what somebody outside holds where it is given.

    Where the master key is, the audit keys are proved by it, and a row that somebody put in the place of one is found.
    Elsewhere they are what the database says; then only heads held outside show that all was written anew.
    """
    told = {key.key_id: key for key in audit_key.public_keys()}
    ours = _proved()
    keys = _handed_down(told) if ours is None else ours

    def require_signed(line: bytes, signature: bytes, key_id: str) -> None:
        audit_key.require_signed(line, Signed(signature, key_id), keys=keys)

    report = verify(require_signed=require_signed, held=held, now=now)
    report.keys_proved = ours is not None
    for key_id in sorted(told.keys() - keys.keys()):
        report.add("key_not_ours", key=key_id)
    for one in held:
        _compare(one, told, report, now=now)
    return report


def _proved() -> dict[str, PublicAuditKey] | None:
    """The keys that are ours by the master key; ``None`` where this process has none."""
    try:
        return audit_key.trusted_keys()
    except MasterKeyFault:
        return None
    except SealBroken:
        # The active one is not ours, and nobody can say which of the others are.
        return {}


def _handed_down(told: dict[str, PublicAuditKey]) -> dict[str, PublicAuditKey]:
    """The active key as the database tells, and those before it that signed the handover."""
    active = [key for key in told.values() if key.replaced_at is None]
    keys: dict[str, PublicAuditKey] = {}
    key = active[0] if len(active) == 1 else None
    while key is not None and key.key_id not in keys:
        keys[key.key_id] = key
        older = told.get(key.succeeds)
        key = older if older is not None and audit_key.is_handover(older, key) else None
    return keys


def _compare(one: Held, told: dict[str, PublicAuditKey], report: Report, *, now: datetime) -> None:
    """What is held says which key signed it: the row in the database must be that very key."""
    ours = told.get(one.key_id)
    if ours is None or ours.public_key != one.public_key:
        report.add("held_key_differs", number=one.line.number, key=one.key_id)
        report.confirmed = [number for number in report.confirmed if number != one.line.number]
    key = PublicAuditKey(one.key_id, one.public_key, created_at=now, replaced_at=None, succeeds="", handover=b"")
    try:
        audit_key.require_signed(one.line.as_bytes(), Signed(one.signature, one.key_id), keys={one.key_id: key})
    except Refusal:
        report.add("held_not_signed", number=one.line.number)
