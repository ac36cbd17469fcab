"""What does this letter say, and who signed it? Answered in a process for this one letter.

Like ``document_child`` it gets one file, answers once and ends, shut out of the machine. It sees no key, and what it
tells is short: which names it found, never the text.
"""

import base64
import resource
import socket
from collections.abc import Sequence
from typing import Any

from renewals.errors import Refusal
from renewals.errors.letters import LetterChanged, LetterTooHeavy, NotASignature, SignatureWithoutLetter
from renewals.pki.certificate import CertificateFacts, read_certificate
from renewals.pki.cms_reading import Signature, read_signed_data
from renewals.pki.content import Content, recognise
from renewals.pki.der import BrokenDer
from renewals.vault import frames, letter_reading
from renewals.vault.confining import confine

#: Address space and processor seconds, far above what any honest letter of 20 MB needs.
MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 10
#: A file that is handed in, and the letters beside it that a signature may be of.
LONGEST_FILE = 20 * 1024 * 1024
MOST_FILES = 4


def main() -> None:  # pragma: no cover  # runs in the child, where nothing measures
    """Answer one request from standard input, a socket, and end."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    confined = confine()
    with socket.socket(fileno=0) as channel:
        frames.send(channel, {"ready": True, "confined": confined})
        request = frames.receive(channel)
        count = min(int(request["files"]), MOST_FILES)
        files = [frames.receive_octets(channel, most=LONGEST_FILE) for _ in range(count)]
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        frames.send(channel, answer(request, files))


def answer(request: dict[str, Any], files: Sequence[bytes]) -> dict[str, Any]:
    """What was found, or the code of the refusal; never an exception, and never a byte of the letter."""
    try:
        return {"found": _read(request, files)}
    except Refusal as refusal:
        return {"refused": refusal.code, "facts": refusal.facts}
    except (MemoryError, RecursionError):
        return {"refused": LetterTooHeavy.code, "facts": {}}


def _read(request: dict[str, Any], files: Sequence[bytes]) -> dict[str, Any]:
    """The first file is the letter, or a signature where ``has_letter`` is false; then the signature that came with it,
    where ``has_signature`` is true; then the letters that were kept before.
    """
    certificates = [read_certificate(base64.b64decode(one)) for one in request["certificates"]]
    left = list(files)
    letter = left.pop(0) if request["has_letter"] else b""
    cms = left.pop(0) if request["has_signature"] else b""
    if letter and recognise(letter) is Content.CMS:
        letter, cms = b"", letter
    signatures: list[dict[str, Any]] = []
    if cms:
        letter, found = _signed(cms, [letter] if letter else left, certificates)
        signatures += [_told(one, is_apart=True) for one in found]
    signatures += [_told(one) for one in letter_reading.signatures_inside(letter, certificates)]
    return {**letter_reading.read(letter, request["names"]), "signatures": signatures[:8]}


def _signed(
    cms: bytes, letters: Sequence[bytes], certificates: Sequence[CertificateFacts]
) -> tuple[bytes, tuple[Signature, ...]]:
    """The letter that a CMS is of, with its signatures: the one inside, or the one of those beside that it fits."""
    try:
        signed = read_signed_data(cms)
    except BrokenDer:
        raise NotASignature from None
    if signed.content is not None:
        if letters and signed.content not in letters:
            raise LetterChanged
        return signed.content, signed.judged(signed.content, certificates)
    for letter in letters:
        found = signed.judged(letter, certificates)
        if not any(one.state == "changed" for one in found):
            return letter, found
    raise LetterChanged if letters else SignatureWithoutLetter


def _told(found: Signature, *, is_apart: bool = False) -> dict[str, Any]:
    return {
        "state": found.state,
        "by": found.by,
        "serial": found.serial,
        "signed_at": None if found.signed_at is None else found.signed_at.isoformat(),
        "is_apart": is_apart,
    }
