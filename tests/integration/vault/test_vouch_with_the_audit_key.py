"""The firm vouches with a key that only the vault worker holds, and everybody can check it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction
from django.utils import timezone

from renewals.audit import Machine
from renewals.errors import AuditKeyUnknown, MasterKeyAbsent, SealBroken, SignatureWrong
from renewals.models.stored_key import AuditKey
from renewals.vault import audit_key
from renewals.vault.audit_key import Signed

pytestmark = pytest.mark.django_db(transaction=True)
BY = Machine("test")
STATEMENT = b"vigencia: a statement of a test\n"


def told() -> dict[str, audit_key.PublicAuditKey]:
    return {key.key_id: key for key in audit_key.public_keys()}


def test_a_statement_is_checked_with_the_published_half(vault_keys):
    signed = audit_key.sign(STATEMENT)
    assert AuditKey.objects.get().pk == signed.key_id
    assert audit_key.sign(STATEMENT) == signed
    audit_key.require_signed(STATEMENT, signed, keys=told())


@pytest.mark.parametrize("bit", [0, 7, 250, 511])
def test_a_changed_statement_or_signature_is_noticed(vault_keys, bit):
    signed = audit_key.sign(STATEMENT)
    flipped = bytearray(signed.signature)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureWrong):
        audit_key.require_signed(STATEMENT, replace(signed, signature=bytes(flipped)), keys=told())
    with pytest.raises(SignatureWrong):
        audit_key.require_signed(STATEMENT + b" ", signed, keys=told())
    with pytest.raises(SignatureWrong):
        audit_key.require_signed(STATEMENT, replace(signed, signature=b""), keys=told())


def test_a_stranger_s_key_is_refused_by_name(vault_keys):
    signed = audit_key.sign(STATEMENT)
    with pytest.raises(AuditKeyUnknown) as refused:
        audit_key.require_signed(STATEMENT, Signed(signed.signature, "ak-stranger"), keys=told())
    assert refused.value.facts == {"key_id": "ak-stranger"}


@pytest.mark.parametrize("role", ["web", "worker"])
def test_another_process_cannot_sign_and_can_tell_the_public_halves(vault_keys, settings, role):
    signed = audit_key.sign(STATEMENT)
    settings.PROCESS_ROLE = role
    with pytest.raises(MasterKeyAbsent):
        audit_key.sign(STATEMENT)
    audit_key.require_signed(STATEMENT, signed, keys=told())


def test_nothing_is_signed_inside_a_transaction(vault_keys):
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        audit_key.sign(STATEMENT)


def test_a_public_half_swapped_in_the_database_is_noticed(vault_keys):
    audit_key.sign(STATEMENT)
    AuditKey.objects.update(public_key=b"p" * 32)
    with pytest.raises(SealBroken):
        audit_key.sign(STATEMENT)
    with pytest.raises(SealBroken):
        audit_key.trusted_keys()


def test_a_private_half_moved_to_another_row_does_not_open(vault_keys):
    audit_key.sign(STATEMENT)
    AuditKey.objects.update(key_id="ak-other")
    with pytest.raises(SealBroken):
        audit_key.sign(STATEMENT)


def test_a_replaced_key_signs_no_more_and_what_it_signed_stays_good(vault_keys):
    first = audit_key.sign(STATEMENT)
    second = audit_key.rotate_audit_key(by=BY, now=timezone.now())
    third = audit_key.rotate_audit_key(by=BY, now=timezone.now())
    assert len({first.key_id, second, third}) == 3
    assert audit_key.sign(STATEMENT).key_id == third
    assert {bytes(row.wrapped_private_key) for row in AuditKey.objects.filter(is_active=False)} == {b""}
    trusted = audit_key.trusted_keys()
    assert list(trusted) == [third, second, first.key_id]
    audit_key.require_signed(STATEMENT, first, keys=trusted)


def test_a_key_that_somebody_wrote_into_the_database_is_not_trusted(vault_keys):
    ours = audit_key.sign(STATEMENT)
    AuditKey.objects.create(
        key_id="ak-theirs", public_key=b"p" * 32, wrapped_private_key=b"", is_active=False, created_at=timezone.now()
    )
    AuditKey.objects.filter(pk=ours.key_id).update(succeeds="ak-theirs", handover=b"h" * 128)
    assert "ak-theirs" in told()
    assert list(audit_key.trusted_keys()) == [ours.key_id]


def test_before_anything_was_signed_there_is_no_key_to_trust(vault_keys):
    assert audit_key.trusted_keys() == {}
    assert audit_key.public_keys() == []


def test_the_first_rotation_makes_the_key_that_it_replaces(vault_keys):
    key_id = audit_key.rotate_audit_key(by=BY, now=timezone.now())
    assert audit_key.trusted_keys()[key_id].succeeds
