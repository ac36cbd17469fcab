"""A letter is read in a process of its own, and whatever that process says is checked by shape."""

from __future__ import annotations

import json

import pytest

from renewals.errors.letters import LetterLocked, LetterTooHeavy
from renewals.pki.letter_facts import LetterFacts, LetterSignature
from renewals.vault import letters
from tests import pdfs
from tests.pairs import make_pair

GOOD = {"state": "good", "by": 0, "serial": "90001", "signed_at": "2026-11-23T16:30:00+00:00", "is_apart": True}
SAID = {"unread": "", "pages": 2, "named": ["company"], "rfcs": [], "text_sha256": "ab" * 32, "signatures": [GOOD]}


@pytest.fixture
def child_says(monkeypatch):
    """Put another child behind the same socket, that says this."""

    def say(answer: object, *lines: str) -> None:
        program = (
            "import json, os, socket, sys",
            "sys.path.insert(0, sys.argv[1])",
            "from renewals.vault import frames",
            "channel = socket.socket(fileno=0)",
            "frames.send(channel, {'ready': True})",
            "request = frames.receive(channel)",
            "[frames.receive_octets(channel, most=10**8) for _ in range(request['files'])]",
            f"answer = json.loads({json.dumps(answer)!r})",
            *lines,
            "frames.send(channel, answer)",
        )
        monkeypatch.setattr(letters, "_PROGRAM", "\n".join(program))

    return say


def read() -> LetterFacts:
    return letters.read(
        letter=pdfs.letter(), names={"company": ["EKU9003173C9"]}, certificates={"old": make_pair().certificate}
    )


def test_the_shape_that_is_believed_is_the_one_of_the_tests_below(child_says):
    child_says({"found": SAID})
    told = read()
    assert (set(told.named), told.pages, told.text_sha256) == ({"company"}, 2, "ab" * 32)
    assert told.signatures == (
        LetterSignature("good", by="old", serial="90001", signed_at=told.signatures[0].signed_at, is_apart=True),
    )


@pytest.mark.parametrize(
    "otherwise",
    [
        {"unread": "yes"},
        {"pages": "many"},
        {"rfcs": ["the text of the letter"]},
        {"text_sha256": "ab"},
        {"signatures": [GOOD | {"state": "very good"}]},
        {"signatures": [GOOD | {"by": 1}]},
        {"signatures": [GOOD | {"serial": "una carta"}]},
        {"signatures": [GOOD | {"signed_at": "soon"}]},
        {"signatures": [{}]},
    ],
)
def test_what_the_child_says_is_believed_only_in_its_shape(child_says, otherwise):
    child_says({"found": SAID | otherwise})
    with pytest.raises(LetterTooHeavy):
        read()


def test_a_name_that_nobody_asked_for_is_not_heard(child_says):
    child_says({"found": SAID | {"named": ["company", "partner"]}})
    assert set(read().named) == {"company"}


def test_a_refusal_of_the_child_is_told_and_one_that_dies_is_the_letters_fault(child_says):
    child_says({"refused": "letter_locked", "facts": {}})
    with pytest.raises(LetterLocked):
        read()
    child_says({}, "os._exit(1)")
    with pytest.raises(LetterTooHeavy):
        read()


def test_every_letter_has_a_process_of_its_own_that_is_given_no_key(child_says):
    child_says(
        {"found": SAID}, "answer['found']['pages'] = os.getpid()", "assert not os.environ.get('MASTER_KEYS_DIR')"
    )
    assert len({read().pages for _ in range(2)}) == 2
