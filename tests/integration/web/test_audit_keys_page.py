"""Everybody who is signed in sees the public halves of the audit keys, and nobody sees a private one."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from renewals.audit import Machine
from renewals.vault import audit_key

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_shows_every_public_half_and_which_one_signs(vault_keys, client, dalia):
    first = audit_key.sign(b"vigencia: a test\n").key_id
    second = audit_key.rotate_audit_key(by=Machine("test"), now=timezone.now())
    client.force_login(dalia)
    text = client.get(reverse("audit_keys")).content.decode()
    assert text.index(second) < text.index("Sustituida")
    for key in audit_key.public_keys():
        assert key.public_key.hex() in text
    assert "BEGIN PUBLIC KEY" in text
    assert "PRIVATE" not in text
    assert first in text


def test_a_firm_that_has_signed_nothing_yet_is_told_so(client, dalia):
    client.force_login(dalia)
    assert "Todavía no hay ninguna" in client.get(reverse("audit_keys")).content.decode()
