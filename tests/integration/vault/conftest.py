"""What do the tests of the vault share: children of the prover that do not behave."""

from __future__ import annotations

import json

import pytest

from renewals.vault import prover

#: The first lines of a child that says it is ready.
READY = ("channel = socket.socket(fileno=0)", "frames.send(channel, {'ready': True})")


@pytest.fixture
def child_program(monkeypatch):
    """Give it the lines of another program: the next children run that one, behind the same socket."""

    def run(*lines: str) -> None:
        beginning = (
            "import json, socket, sys, time",
            "sys.path.insert(0, sys.argv[1])",
            "from renewals.vault import frames, prover_child",
        )
        monkeypatch.setattr(prover, "_PROGRAM", "\n".join([*beginning, *lines]))
        prover._prover.close()

    yield run
    prover._prover.close()


@pytest.fixture
def child_answers(child_program):
    """Give it what the child shall answer, whatever it is asked."""

    def answer(message: object) -> None:
        child_program(
            *READY,
            "while True:",
            "    frames.receive(channel)",
            f"    frames.send(channel, json.loads({json.dumps(message)!r}))",
        )

    return answer
