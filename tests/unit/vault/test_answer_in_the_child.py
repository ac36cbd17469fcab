"""What the child finds out about a file, told without a byte of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from renewals.pki.private_key import encrypt_private_key
from renewals.vault.prover_child import answer
from renewals.vault.told_certificate import heard
from tests.hostile import asking_for_rounds, plain_key
from tests.pairs import PASSPHRASE, Pair, make_pair


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make_pair()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def asked(operation: str, file: bytes, *, container: str = "private_key", **otherwise: Any) -> dict[str, Any]:
    request = {"passphrase": PASSPHRASE, "certificate": None, **otherwise}
    return answer({"operation": operation, "container": container, "file": encoded(file), **request})


def test_a_key_is_proved_against_its_certificate(pair):
    found = asked("prove", pair.key_file, certificate=encoded(pair.certificate))["found"]
    assert found == {
        "public_key_sha256": pair.facts.public_key_sha256,
        "bits": 2048,
        "rsa": True,
        "encrypted": True,
    }


def test_a_pfx_is_proved_against_its_own_certificate(pair):
    found = asked("prove", pair.pfx(), container="pfx")["found"]
    assert found["public_key_sha256"] == pair.facts.public_key_sha256


def test_a_pfx_is_not_proved_against_another_certificate(pair):
    other = encoded(make_pair().certificate)
    assert asked("prove", pair.pfx(), container="pfx", certificate=other)["refused"] == "key_of_another_certificate"


def test_a_key_alone_says_what_it_is(pair):
    found = asked("prove", plain_key(pair.key), passphrase=None)["found"]
    assert (found["rsa"], found["encrypted"]) == (True, False)
    curve = encrypt_private_key(ec.generate_private_key(ec.SECP256R1()), PASSPHRASE)
    assert asked("prove", curve)["found"]["rsa"] is False


def test_a_pair_becomes_a_pfx_that_opens(pair):
    assert "found" in asked("package", pair.key_file, certificate=encoded(pair.certificate))


def test_a_pfx_gives_its_certificate(pair):
    found = asked("read_pfx", pair.pfx())["found"]
    assert heard(found["facts"], base64.b64decode(found["certificate"])) == pair.facts


def test_refusals_carry_their_code_and_facts(pair):
    assert asked("prove", pair.key_file, passphrase="otra") == {"refused": "wrong_passphrase", "facts": {}}
    refused = asked("prove", asking_for_rounds(2**31 - 1))
    assert refused["refused"] == "excessive_work"
    assert refused["facts"]["asked"] == 2**31 - 1


def test_a_fault_of_the_program_quotes_nothing():
    assert answer({"operation": "prove", "file": "secreto"}) == {"refused": "unprovable_file", "facts": {}}
    assert answer({"operation": "no such"}) == {"refused": "unprovable_file", "facts": {}}
