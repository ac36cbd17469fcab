"""How does the vault worker learn what a file from outside is, without parsing it beside the master key?

It keeps one child process (``prover_child``) and asks it. A child that dies, hangs or talks nonsense is replaced and
asked once more; a file that brings down two is refused. Nothing the child says is trusted beyond its shape: refusals
are rebuilt from known codes, and only short, harmless facts pass.

What is built of a key, a PFX or a signature, is longer than a fact and leaves the firm. A child that an earlier file
took over could answer with the keys it saw since; so each of these is asked of a child that has seen nothing else and
ends afterwards, and a PFX is opened by another one before it goes out.
"""

import atexit
import base64
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog

from renewals.errors import ProverUnavailable, Refusal, UnprovableFile, WrongPassphrase
from renewals.pki.certificate import CertificateFacts
from renewals.vault import frames
from renewals.vault.child_process import ANSWER_SECONDS, Child, program_of, started
from renewals.vault.told_certificate import heard

log = structlog.get_logger(__name__)

_PROGRAM = program_of("renewals.vault.prover_child")
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
_FACT_NAME = re.compile(r"[a-z_]{1,24}")
_MAX_FACTS, _MAX_TEXT = 8, 60
#: Bytes that a PFX or a signature may have beside the certificate in it; with a key of 4096 bits they stay below 4,000.
_MOST_BESIDE_CERTIFICATE = 8 * 1024


@dataclass(frozen=True, slots=True)
class ProvedKey:
    """What a proof found; the hash is hex SHA-256 of the SubjectPublicKeyInfo."""

    public_key_sha256: str
    bits: int
    is_rsa: bool
    was_encrypted: bool


@dataclass(frozen=True, slots=True)
class Material:
    """A file from outside (``container``: ``private_key`` or ``pfx``) and its passphrase, UTF-8."""

    container: str
    file: bytes | bytearray = field(repr=False)
    passphrase: bytes | bytearray | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signatures:
    """Two detached CMS (DER, RFC 5652): one to lie inside the PDF, one beside the document as it was handed in."""

    inside: bytes
    beside: bytes


def ensure_running() -> None:
    """Start the child if there is none. Raises ProverUnavailable."""
    with _prover.lock:
        _prover.running()


def prove(material: Material, *, certificate: bytes | None) -> ProvedKey:
    """Open the key and prove that it belongs to the certificate (DER), or to the PFX's own.

    Raises:
        Refusal: what the file did not fulfil.
        UnprovableFile: it used up memory or time.
        ProverUnavailable: no child can be started.
    """
    return _proved(_prover.ask("prove", material, certificate))


def package(material: Material, *, certificate: bytes) -> ProvedKey:
    """Prove the pair, build a PFX of it and open that again. Raises as :func:`prove`."""
    return _proved(_prover.ask("package", material, certificate))


def repack(
    material: Material, *, certificate: bytes, passphrase: bytes | bytearray, windows_compatible: bool
) -> tuple[ProvedKey, bytes]:
    """Prove the pair and build a PFX of it for a person, under this passphrase (UTF-8). Raises as :func:`prove`."""
    terms: dict[str, str | int] = {"pfx_passphrase": _text(passphrase), "windows_compatible": windows_compatible}
    found = _asked_alone(_request("repack", material, certificate, **terms))
    proved, pfx = _proved(found), _built(found, "pfx", certificate)
    try:
        again = _proved(_asked_alone(_request("prove", Material("pfx", pfx, passphrase), certificate)))
    except ProverUnavailable:
        raise
    except Refusal:
        # What the second child says of it is no fault of the person who asked.
        raise UnprovableFile from None
    if again.public_key_sha256 != proved.public_key_sha256:
        raise UnprovableFile
    return proved, pfx


def sign(material: Material, *, certificate: bytes, content: bytes, document_octets: int) -> Signatures:
    """Sign the content of a PDF, and the document that its first ``document_octets`` are, with a pair that was proved
    again. Raises as :func:`prove`, and NotAPdf: it begins like anything else.
    """
    request = _request("sign", material, certificate, document_octets=document_octets, content_follows=True)
    found = _asked_alone(request, content)
    return Signatures(inside=_built(found, "inside", certificate), beside=_built(found, "beside", certificate))


def read_pfx(material: Material) -> CertificateFacts:
    """The certificate of a PFX, whose key was proved to be its own, as the child read it. Raises as :func:`prove`."""
    found = _prover.ask("read_pfx", material, None)
    try:
        return heard(found["facts"], base64.b64decode(found["certificate"], validate=True))
    except (KeyError, TypeError, ValueError):
        raise UnprovableFile from None


class _Prover:
    """Keeps one child, and replaces it when it fails."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.child: Child | None = None

    def ask(self, operation: str, material: Material, certificate: bytes | None) -> dict[str, Any]:
        request = _request(operation, material, certificate)
        with self.lock:
            answer = self._answer(request)
        return _found(answer)

    def running(self) -> Child:
        """The child, started if need be. Raises ProverUnavailable."""
        if self.child is not None and self.child.owner == os.getpid() and self.child.process.poll() is None:
            return self.child
        self.close()
        self.child = started(_PROGRAM)
        return self.child

    def close(self) -> None:
        """Let the child go."""
        if self.child is not None:
            self.child.close()
            self.child = None

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        for _ in range(2):
            child = self.running()
            try:
                return _exchange(child, request)
            except frames.ChannelBroken:
                self.close()
                log.warning("vault.prover_replaced", exit_status=child.process.returncode)
        raise UnprovableFile


def _asked_alone(request: dict[str, Any], content: bytes | None = None) -> dict[str, Any]:
    """What a child of its own found, which saw nothing before and sees nothing after. Raises as :func:`prove`."""
    for _ in range(2):
        child = started(_PROGRAM)
        try:
            answer = _exchange(child, request, content)
        except frames.ChannelBroken:
            child.close()
            log.warning("vault.prover_replaced", exit_status=child.process.returncode)
        else:
            child.close()
            return _found(answer)
    raise UnprovableFile


def _request(
    operation: str, material: Material, certificate: bytes | None, **terms: str | int
) -> dict[str, str | int | None]:
    return {
        "operation": operation,
        "container": material.container,
        "file": base64.b64encode(material.file).decode(),
        "passphrase": None if material.passphrase is None else _text(material.passphrase),
        "certificate": None if certificate is None else base64.b64encode(certificate).decode(),
        **terms,
    }


def _exchange(child: Child, request: dict[str, Any], content: bytes | None = None) -> dict[str, Any]:
    """Ask one child once; ``content`` goes behind the request as it is. Raises ChannelBroken."""
    deadline = monotonic() + ANSWER_SECONDS
    frames.send(child.channel, request, deadline=deadline)
    if content is not None:
        frames.send_octets(child.channel, content, deadline=deadline)
    return frames.receive(child.channel, deadline=deadline)


def _found(answer: dict[str, Any]) -> dict[str, Any]:
    if "refused" in answer:
        raise told_refusal(answer["refused"], answer.get("facts"))
    found = answer.get("found")
    if not isinstance(found, dict):
        raise UnprovableFile
    return found


def _built(found: dict[str, Any], name: str, certificate: bytes) -> bytes:
    """What a child built, if it is no longer than such a thing can be. Raises UnprovableFile."""
    try:
        built = base64.b64decode(found[name], validate=True)
    except (KeyError, TypeError, ValueError):
        raise UnprovableFile from None
    if len(built) > len(certificate) + _MOST_BESIDE_CERTIFICATE:
        raise UnprovableFile
    return built


def _proved(found: dict[str, Any]) -> ProvedKey:
    try:
        return ProvedKey(
            public_key_sha256=_hash(found["public_key_sha256"]),
            bits=int(found["bits"]),
            is_rsa=found["rsa"] is True,
            was_encrypted=found["encrypted"] is True,
        )
    except (KeyError, TypeError, ValueError):
        raise UnprovableFile from None


def _text(passphrase: bytes | bytearray) -> str:
    try:
        return passphrase.decode()
    except UnicodeDecodeError:
        raise WrongPassphrase from None


def _hash(text: object) -> str:
    if not isinstance(text, str) or _HEX_SHA256.fullmatch(text) is None:
        raise ValueError("not a hash")
    return text


def told_refusal(code: object, facts: object) -> Refusal:
    """Rebuild a refusal; one that tells more than refusals do is itself nonsense.

    Numbers and short words, few of them and little text in all: they are shown and kept, and a child that was taken
    over shall not smuggle an RSA key into them.
    """
    known = _refusals().get(code) if isinstance(code, str) else None
    if known is None or not isinstance(facts, Mapping) or len(facts) > _MAX_FACTS:
        return UnprovableFile()
    kept = {name: fact for name, fact in facts.items() if _FACT_NAME.fullmatch(name) and _is_harmless(fact)}
    if sum(len(fact) for fact in kept.values() if isinstance(fact, str)) > _MAX_TEXT:
        return UnprovableFile()
    return known(**kept)


def _refusals() -> dict[str, type[Refusal]]:
    found: dict[str, type[Refusal]] = {}
    waiting = [Refusal]
    while waiting:
        kind = waiting.pop()
        found[kind.code] = kind
        waiting.extend(kind.__subclasses__())
    return found


def _is_harmless(fact: object) -> bool:
    if isinstance(fact, str):
        return len(fact) <= _MAX_TEXT
    return fact is None or (isinstance(fact, int) and fact.bit_length() <= 64)


_prover = _Prover()
atexit.register(_prover.close)
