"""What do the heads that somebody outside holds show, which the database alone cannot?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from renewals.audit import Machine
from renewals.audit.statements import read_held
from renewals.models.event import Event, EventSeal, SignedHeads
from renewals.models.stored_key import AuditKey
from renewals.vault import audit_key
from renewals.vault.sealing_history import seal_history
from tests.integration.audit.thief import codes, found, held_now, thief_signs_everything_anew, told_by, write
from tests.unguarded import history_unguarded

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_tail_cut_off_with_links_and_heads_shows_only_against_what_is_held(firm):
    last = SignedHeads.objects.latest("pk")
    heads = {head.chain: head.position for row in SignedHeads.objects.exclude(pk=last.pk) for head in told_by(row)}
    with history_unguarded():
        for seal in list(EventSeal.objects.all()):
            if seal.position > heads.get(seal.chain, 0):
                seal.delete()
                Event.objects.filter(pk=seal.pk).delete()
        Event.objects.exclude(pk__in=EventSeal.objects.values("pk")).delete()
        last.delete()
    assert found() == []
    line = firm.held[0].line
    assert found(firm.held) == [("held_missing", {"number": line.number, "at": line.at, "last": line.number - 1})]


def test_a_replaced_audit_key_is_found_where_the_master_key_is_and_against_what_is_held(firm, settings):
    private = Ed25519PrivateKey.generate()
    key_id = firm.held[0].key_id
    with history_unguarded():
        AuditKey.objects.update(public_key=private.public_key().public_bytes_raw())
        thief_signs_everything_anew(firm, private)
    assert ("key_not_ours", {"key": key_id}) in found()
    settings.MASTER_KEYS_DIR = ""
    settings.PROCESS_ROLE = "web"
    # Nothing in the database contradicts the thief any more: whoever holds no heads, and has no master key, is fooled.
    assert found() == []
    line = firm.held[0].line
    assert found(firm.held) == [
        ("held_differs", {"number": line.number, "at": line.at}),
        ("held_key_differs", {"number": line.number, "key": key_id}),
    ]


def test_an_audit_key_put_in_beside_ours_vouches_for_nothing(firm, settings):
    private = Ed25519PrivateKey.generate()
    with history_unguarded():
        AuditKey.objects.create(
            key_id="ak-thief",
            public_key=private.public_key().public_bytes_raw(),
            wrapped_private_key=b"",
            is_active=False,
            created_at=timezone.now() - timedelta(days=9),
            replaced_at=timezone.now(),
        )
        thief_signs_everything_anew(firm, private)
        SignedHeads.objects.update(audit_key_id="ak-thief")
    for role in ("vault", "web"):
        settings.PROCESS_ROLE = role
        assert {"statements_not_signed", "key_not_ours"} <= set(codes())


def test_heads_signed_before_the_audit_key_was_replaced_still_hold(firm):
    audit_key.rotate_audit_key(by=Machine("test"), now=timezone.now())
    write(firm.mine, turn=9)
    seal_history(now=timezone.now())
    assert found(firm.held) == []
    assert held_now()[0].key_id != firm.held[0].key_id


def test_a_held_text_that_was_changed_is_not_believed(firm):
    text = firm.held[0].as_text()
    signature = firm.held[0].signature.hex()
    (changed,) = read_held(text.replace(signature, "0" * 128))
    assert codes([changed]) == ["held_not_signed"]


def test_heads_are_read_from_a_quoted_and_broken_mail(firm):
    text = firm.held[0].as_text()
    quoted = "Buenos días:\n> " + text.replace(" ", "\n> ") + "\n> Guárdalo.\n" + text
    assert read_held(quoted) == firm.held * 2
    assert read_held("nada de eso") == []
