"""Is this file what it claims to be? Answered in a process of its own that never holds a master key.

The vault worker starts it with an empty environment and one socket. It parses files from outside, so it limits itself
before it reads the first one: no files but its own code, no network, no core dumps, bounded memory, and bounded
processor time for every request. It knows neither Django nor the database, and ends when its parent does.
"""

import base64
import resource
import secrets
import socket
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from renewals.errors import NotAPdf, Refusal, UnprovableFile
from renewals.pki.certificate import read_certificate
from renewals.pki.cms import sign_detached
from renewals.pki.pfx import build_pfx, open_pfx
from renewals.pki.private_key import PrivateKey, describe_private_key, key_bits, open_private_key, public_key_sha256
from renewals.pki.signatures import prove_pair
from renewals.vault import frames
from renewals.vault.confining import confine
from renewals.vault.told_certificate import told

#: Address space, far above what any honest file needs.
MEMORY_BYTES = 1024 * 1024 * 1024
#: Processor seconds for one request; going over ends the process (SIGXCPU), and the parent draws its conclusion.
CPU_SECONDS = 5


def main() -> None:  # pragma: no cover  # runs in the child, where nothing measures
    """Answer requests from standard input, a socket, until the parent closes it."""
    _limit_self()
    confined = confine()
    with socket.socket(fileno=0) as channel:
        frames.send(channel, {"ready": True, "confined": confined})
        while True:
            try:
                request = frames.receive(channel)
            except frames.ChannelBroken:
                return
            if request.get("content_follows"):
                request["content"] = frames.receive_octets(channel, most=frames.MAX_FRAME)
            _grant_processor_time()
            frames.send(channel, answer(request))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What was found, or the code and facts of the refusal; never an exception, and no refusal quotes the file."""
    try:
        return {"found": _OPERATIONS[request["operation"]](request)}
    except Refusal as refusal:
        return {"refused": refusal.code, "facts": refusal.facts}
    except Exception:  # noqa: BLE001  # whatever a file from outside provokes, its text may quote the file
        return {"refused": UnprovableFile.code, "facts": {}}


def _prove(request: dict[str, Any]) -> dict[str, Any]:
    key, certificate, encrypted = _opened(request)
    if request["certificate"] is not None:
        certificate = base64.b64decode(request["certificate"])
    if certificate is not None:
        prove_pair(key, read_certificate(certificate))
    return {
        "public_key_sha256": public_key_sha256(key),
        "bits": key_bits(key),
        "rsa": isinstance(key, RSAPrivateKey),
        "encrypted": encrypted,
    }


def _package(request: dict[str, Any]) -> dict[str, Any]:
    found = _prove(request)
    key, _, _ = _opened(request)
    # Nobody receives this PFX: the proof is that one can be built and opened, so any passphrase will do.
    passphrase = secrets.token_urlsafe(16)
    certificate = base64.b64decode(request["certificate"])
    built = build_pfx(key, certificate, passphrase, windows_compatible=False)
    prove_pair(open_pfx(built, passphrase).key, read_certificate(certificate))
    return found


def _repack(request: dict[str, Any]) -> dict[str, Any]:
    """A PFX for a person, under the passphrase they get; opened again and proved before it leaves here."""
    found = _prove(request)
    key, _, _ = _opened(request)
    certificate = base64.b64decode(request["certificate"])
    passphrase = request["pfx_passphrase"]
    built = build_pfx(key, certificate, passphrase, windows_compatible=request["windows_compatible"])
    prove_pair(open_pfx(built, passphrase).key, read_certificate(certificate))
    return {**found, "pfx": base64.b64encode(built).decode()}


def _sign(request: dict[str, Any]) -> dict[str, Any]:
    """Sign a PDF, and nothing else: a login at IDSE is itself a signature over octets that somebody sent."""
    content: bytes = request["content"]
    # Shorter than the whole only where it is the document that was handed in, before anything was added to it.
    signed = {"inside": content, "beside": content[: request["document_octets"]]}
    if not all(one.startswith(b"%PDF-") for one in signed.values()):
        raise NotAPdf
    key, _, _ = _opened(request)
    certificate = base64.b64decode(request["certificate"])
    prove_pair(key, read_certificate(certificate))
    return {
        name: base64.b64encode(sign_detached(one, key=key, certificate=certificate)).decode()
        for name, one in signed.items()
    }


def _read_pfx(request: dict[str, Any]) -> dict[str, Any]:
    opened = open_pfx(base64.b64decode(request["file"]), request["passphrase"])
    facts = read_certificate(opened.certificate_der)
    prove_pair(opened.key, facts)
    return {"facts": told(facts), "certificate": base64.b64encode(opened.certificate_der).decode()}


def _opened(request: dict[str, Any]) -> tuple[PrivateKey, bytes | None, bool]:
    """The key, the certificate that came in the same file, and whether a passphrase was needed."""
    data, passphrase = base64.b64decode(request["file"]), request["passphrase"]
    if request["container"] == "pfx":
        opened = open_pfx(data, passphrase)
        return opened.key, opened.certificate_der, True
    encrypted = describe_private_key(data).encrypted
    return open_private_key(data, passphrase).key, None, encrypted


_OPERATIONS = {"prove": _prove, "package": _package, "repack": _repack, "read_pfx": _read_pfx, "sign": _sign}


def _limit_self() -> None:  # pragma: no cover  # it would limit the tests
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _grant_processor_time() -> None:  # pragma: no cover  # it would limit the tests
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
