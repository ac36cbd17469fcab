"""What the child tells about a certificate is taken by its shape, and the certificate is not parsed again."""

from __future__ import annotations

import hashlib
import json

import pytest

from renewals.vault.told_certificate import heard, told
from tests.pairs import make_pair


@pytest.mark.parametrize("kind", ["npie", "csd", "efirma"])
def test_facts_arrive_as_they_were_read(kind):
    pair = make_pair(kind)
    assert heard(json.loads(json.dumps(told(pair.facts))), pair.certificate) == pair.facts


def test_octets_are_hashed_here_and_never_parsed():
    facts = heard(told(make_pair().facts), b"no certificate at all")
    assert facts.sha256 == hashlib.sha256(b"no certificate at all").hexdigest()


@pytest.mark.parametrize(
    "lie",
    [
        {"kind": "passport"},
        {"name": 3},
        {"name": "k" * 1_001},
        {"name": "\x00"},
        {"name": "\ud800"},
        {"serial_hex": "xyz"},
        {"serial_hex": "ab" * 65},
        {"public_key_sha256": "ab"},
        {"not_before": "yesterday"},
        {"not_after": "2027-01-01T00:00:00"},
        {"not_after": 3},
        {"not_after": "9999-12-31T23:59:59-14:00"},
        {"not_before": "0001-01-01T00:00:00+00:00"},
        {"rfc": "X" * 14},
        {"curp": "X" * 19},
        {"key_bits": True},
        {"key_bits": 0},
        {"key_bits": 2**40},
        {"warnings": [["code", "detail"]] * 17},
        {"warnings": [["code"]]},
        {"warnings": 3},
    ],
    ids=str,
)
def test_nonsense_is_not_taken(lie):
    with pytest.raises((TypeError, ValueError)):
        heard(told(make_pair().facts) | lie, b"")


def test_what_is_missing_is_missed():
    whole = told(make_pair().facts)
    for name in whole:
        with pytest.raises(KeyError):
            heard({other: value for other, value in whole.items() if other != name}, b"")
