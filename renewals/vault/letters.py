"""What does a letter say that somebody handed in, and whose signature does it carry?

Read in a child of its own (``letter_child``), which holds no key and sees nothing else. What that says is rebuilt here
by shape: states from a list, hashes, RFCs and the names that were asked for, and nothing longer.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, Final

from renewals.errors.letters import LetterTooHeavy
from renewals.pki.letter_facts import LetterFacts, LetterSignature
from renewals.vault import frames
from renewals.vault.child_process import ANSWER_SECONDS, program_of, started
from renewals.vault.prover import told_refusal

_PROGRAM = program_of("renewals.vault.letter_child")
_UNREAD: Final = {"", "picture", "without_text", "unreadable"}
_STATES: Final = {"good", "changed", "other", "unknown", "partial"}
_HEX_SHA256 = re.compile(r"(?:[0-9a-f]{64})?")
_RFC = re.compile(r"[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}")
_SERIAL = re.compile(r"[0-9a-f]{0,60}")
_MOST_PAGES = 100_000


def read(
    *,
    letter: bytes | None,
    signature: bytes | None = None,
    kept: Sequence[bytes] = (),
    names: Mapping[str, Sequence[str]],
    certificates: Mapping[str, bytes],
) -> LetterFacts:
    """Read a letter, and a signature that came beside it.

    ``kept``: letters that a signature without one may be of. ``names``: a name → the spellings that are looked for in
    the text. ``certificates``: a name → the certificate (DER) whose signature is wanted.

    Raises:
        LetterRefused: what the letter is, or is not.
        LetterTooHeavy: it used up memory or time.
        ProverUnavailable: no child can be started.
    """
    given = [one for one in (letter, signature, *kept) if one is not None]
    request = {
        "files": len(given),
        "has_letter": letter is not None,
        "has_signature": signature is not None,
        "names": {name: list(spellings) for name, spellings in names.items()},
        "certificates": [base64.b64encode(one).decode() for one in certificates.values()],
    }
    child = started(_PROGRAM)
    deadline = monotonic() + ANSWER_SECONDS
    try:
        frames.send(child.channel, request, deadline=deadline)
        for one in given:
            frames.send_octets(child.channel, one, deadline=deadline)
        answer = frames.receive(child.channel, deadline=deadline)
    except frames.ChannelBroken:
        raise LetterTooHeavy from None
    finally:
        child.close()
    if "refused" in answer:
        raise told_refusal(answer["refused"], answer.get("facts"))
    return _heard(answer.get("found"), names, list(certificates))


def _heard(found: Any, names: Mapping[str, Sequence[str]], certificates: Sequence[str]) -> LetterFacts:
    try:
        return LetterFacts(
            unread=_one_of(_UNREAD, found["unread"]),
            pages=min(int(found["pages"]), _MOST_PAGES),
            named=frozenset(str(one) for one in found["named"]) & frozenset(names),
            rfcs=tuple(_shaped(_RFC, one) for one in found["rfcs"]),
            text_sha256=_shaped(_HEX_SHA256, found["text_sha256"]),
            signatures=tuple(_signatures(found["signatures"], certificates)),
        )
    except (KeyError, TypeError, ValueError, IndexError):
        raise LetterTooHeavy from None


def _signatures(found: Any, certificates: Sequence[str]) -> Iterator[LetterSignature]:
    for one in found:
        moment = one["signed_at"]
        yield LetterSignature(
            state=_one_of(_STATES, one["state"]),
            by="" if one["by"] is None else certificates[int(one["by"])],
            serial=_shaped(_SERIAL, one["serial"]),
            signed_at=None if moment is None else datetime.fromisoformat(moment),
            is_apart=one["is_apart"] is True,
        )


def _one_of(known: set[str], told: object) -> str:
    if told not in known:
        raise ValueError("not one of them")
    return str(told)


def _shaped(shape: re.Pattern[str], told: object) -> str:
    if not isinstance(told, str) or shape.fullmatch(told) is None:
        raise ValueError("of another shape")
    return told
