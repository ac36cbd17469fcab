"""Files from outside are parsed in a child process that is limited, replaced when it fails, and never trusted."""

from __future__ import annotations

import base64
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from renewals.errors import KeyOfAnotherCertificate, ProverUnavailable, UnprovableFile, UnsupportedKey, WrongPassphrase
from renewals.vault import child_process, prover
from renewals.vault.prover import Material
from renewals.vault.told_certificate import told
from tests import pdfs
from tests.integration.vault.conftest import READY
from tests.pairs import PASSPHRASE, make_pair


def material(pair, passphrase: str | None = PASSPHRASE) -> Material:
    return Material("private_key", pair.key_file, None if passphrase is None else passphrase.encode())


def pid() -> int:
    prover.ensure_running()
    child = prover._prover.child
    assert child is not None
    return child.process.pid


def test_a_pair_is_proved():
    pair = make_pair()
    proved = prover.prove(material(pair), certificate=pair.certificate)
    assert proved.public_key_sha256 == pair.facts.public_key_sha256
    assert (proved.bits, proved.is_rsa, proved.was_encrypted) == (2048, True, True)


def test_a_pfx_is_proved_by_what_it_holds():
    pair = make_pair()
    pfx = Material("pfx", pair.pfx(), pair.passphrase.encode())
    assert prover.prove(pfx, certificate=None).public_key_sha256 == pair.facts.public_key_sha256
    assert prover.read_pfx(pfx) == pair.facts


def test_a_pair_can_be_built_into_a_pfx_and_opened_again():
    pair = make_pair()
    proved = prover.package(material(pair), certificate=pair.certificate)
    assert proved.public_key_sha256 == pair.facts.public_key_sha256


def test_refusals_come_back_as_they_are():
    pair, other = make_pair(), make_pair()
    with pytest.raises(WrongPassphrase):
        prover.prove(material(pair, "otra"), certificate=pair.certificate)
    with pytest.raises(KeyOfAnotherCertificate):
        prover.prove(material(pair), certificate=other.certificate)
    with pytest.raises(KeyOfAnotherCertificate):
        prover.package(material(pair), certificate=other.certificate)


def test_the_child_has_no_environment_and_no_key_of_ours(monkeypatch, vault_keys):
    monkeypatch.setenv("MASTER_KEYS_DIR", str(vault_keys))
    prover._prover.close()
    environment = Path(f"/proc/{pid()}/environ").read_bytes()
    assert b"MASTER_KEYS_DIR" not in environment
    assert b"DATABASE_URL" not in environment
    open_files = {str(link.readlink()) for link in Path(f"/proc/{pid()}/fd").iterdir()}
    assert not [name for name in open_files if str(vault_keys) in name or name.endswith(("sqlite3", "-wal"))]


def test_a_child_that_was_killed_is_replaced():
    pair = make_pair()
    before = pid()
    os.kill(before, signal.SIGKILL)
    assert prover.prove(material(pair), certificate=pair.certificate).bits == 2048
    assert pid() != before


def test_a_forked_process_gets_a_child_of_its_own():
    pair = make_pair()
    before = pid()
    forked = os.fork()
    if forked == 0:
        mine = pid()
        proved = prover.prove(material(pair), certificate=pair.certificate)
        os._exit(0 if mine != before and proved.bits == 2048 else 1)
    assert os.waitpid(forked, 0)[1] == 0
    assert pid() == before
    assert prover.prove(material(pair), certificate=pair.certificate).bits == 2048


def test_a_file_that_brings_down_two_children_is_refused(child_program):
    child_program(*READY, "frames.receive(channel)")
    with pytest.raises(UnprovableFile):
        prover.prove(material(make_pair()), certificate=None)


def test_a_child_that_hangs_is_given_up(child_program, monkeypatch):
    monkeypatch.setattr(prover, "ANSWER_SECONDS", 0.3)
    child_program(*READY, "time.sleep(600)")
    with pytest.raises(UnprovableFile):
        prover.prove(material(make_pair()), certificate=None)
    assert prover._prover.child is None


def test_a_child_that_cannot_start_is_not_the_fault_of_the_file(child_program, monkeypatch):
    child_program("raise SystemExit(1)")
    with pytest.raises(ProverUnavailable):
        prover.prove(material(make_pair()), certificate=None)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ProverUnavailable):
        prover.ensure_running()


def test_a_child_that_uses_too_much_processor_time_ends(child_program):
    child_program(
        "prover_child.CPU_SECONDS = 0",
        "def spin(request):",
        "    while True: pass",
        "prover_child._OPERATIONS['prove'] = spin",
        "prover_child.main()",
    )
    started = time.monotonic()
    with pytest.raises(UnprovableFile):
        prover.prove(material(make_pair()), certificate=None)
    assert time.monotonic() - started < child_process.ANSWER_SECONDS


def test_a_child_that_asks_for_too_much_memory_refuses_the_file(child_program):
    child_program(
        "def hoard(request): return {'bits': len(bytearray(2 * prover_child.MEMORY_BYTES))}",
        "prover_child._OPERATIONS['prove'] = hoard",
        "prover_child.main()",
    )
    with pytest.raises(UnprovableFile):
        prover.prove(material(make_pair()), certificate=None)


def test_what_is_built_of_a_key_comes_from_a_child_that_has_seen_no_other(child_program):
    child_program(
        "import base64, os",
        "def tell(request):",
        "    told = base64.b64encode(str(os.getpid()).encode()).decode()",
        "    return {'inside': told, 'beside': told}",
        "prover_child._OPERATIONS['sign'] = tell",
        "prover_child.main()",
    )
    kept = pid()
    signatures = [prover.sign(material(make_pair()), certificate=b"", content=b"", document_octets=0) for _ in range(2)]
    told = {int(one.inside) for one in signatures}
    assert len(told) == 2
    assert kept not in told
    assert not [one for one in told if Path(f"/proc/{one}").exists()]
    assert pid() == kept


def test_a_pfx_of_another_key_does_not_go_out(child_program):
    pair, other = make_pair(), make_pair()
    child_program(
        "honest = prover_child._repack",
        f"def swap(request): return honest(request) | {{'pfx': {base64.b64encode(other.pfx()).decode()!r}}}",
        "prover_child._OPERATIONS['repack'] = swap",
        "prover_child.main()",
    )
    with pytest.raises(UnprovableFile):
        prover.repack(
            material(pair), certificate=pair.certificate, passphrase=PASSPHRASE.encode(), windows_compatible=False
        )


def test_more_than_a_pfx_or_a_signature_can_be_does_not_go_out(child_answers):
    pair = make_pair()
    many = base64.b64encode(b"k" * 20_000).decode()
    proved = {"public_key_sha256": "0" * 64, "bits": 2048, "rsa": True, "encrypted": True}
    child_answers({"found": {**proved, "pfx": many, "inside": many, "beside": many}})
    with pytest.raises(UnprovableFile):
        prover.repack(material(pair), certificate=pair.certificate, passphrase=b"p", windows_compatible=False)
    with pytest.raises(UnprovableFile):
        prover.sign(material(pair), certificate=pair.certificate, content=pdfs.letter(), document_octets=9)


def test_the_child_ends_when_its_parent_lets_go():
    child = child_process.started(prover._PROGRAM)
    child.channel.close()
    assert child.process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"found": "text"},
        {"found": {}},
        {"found": {"public_key_sha256": "x", "bits": 1, "rsa": True, "encrypted": True}},
        {"refused": "no_such_code", "facts": {}},
        {"refused": 3, "facts": {}},
        {"refused": "wrong_passphrase", "facts": "text"},
    ],
)
def test_nonsense_from_the_child_is_the_file_s_fault(child_answers, answer):
    child_answers(answer)
    with pytest.raises(UnprovableFile):
        prover.prove(material(make_pair()), certificate=None)


def test_a_child_that_was_taken_over_cannot_smuggle_a_key_into_a_refusal(child_answers):
    facts = {"encryption": "aes-256-cbc", "bits": 2048, "leak": "k" * 61, "big": 1 << 70, "list": [1]}
    child_answers({"refused": "unsupported_key", "facts": facts})
    with pytest.raises(UnsupportedKey) as refused:
        prover.prove(material(make_pair()), certificate=None)
    assert refused.value.facts == {"encryption": "aes-256-cbc", "bits": 2048}


def test_a_fact_of_a_refusal_has_a_short_plain_name(child_answers):
    facts = {"bits": 2048, "k" * 25: 1, "SECRET": 1, "clave ñ": 1, "": 1, "a_b1": 1, "self": 1}
    child_answers({"refused": "unsupported_key", "facts": facts})
    with pytest.raises(UnsupportedKey) as refused:
        prover.prove(material(make_pair()), certificate=None)
    assert refused.value.facts == {"bits": 2048, "self": 1}


@pytest.mark.parametrize(
    "facts",
    [
        {f"piece_{name}": 1 for name in "abcdefghi"},
        {f"piece_{name}": "k" * 40 for name in "ab"},
    ],
    ids=["many facts", "much text"],
)
def test_a_key_in_pieces_does_not_pass_as_a_refusal(child_answers, facts):
    child_answers({"refused": "unsupported_key", "facts": facts})
    with pytest.raises(UnprovableFile):
        prover.prove(material(make_pair()), certificate=None)


TOLD = told(make_pair().facts)


@pytest.mark.parametrize(
    "answer",
    [
        {"certificate": "QQ=="},
        {"certificate": 3, "facts": TOLD},
        {"certificate": "!", "facts": TOLD},
        {"certificate": "QQ==", "facts": "text"},
        {"certificate": "QQ==", "facts": TOLD | {"kind": "passport"}},
    ],
)
def test_nonsense_about_a_pfx_is_the_file_s_fault(child_answers, answer):
    child_answers({"found": answer})
    with pytest.raises(UnprovableFile):
        prover.read_pfx(Material("pfx", b"x", b"y"))
