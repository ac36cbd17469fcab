"""How does the vault worker start a process that reads files from outside, and what does that process get of it?"""

import os
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic

import structlog

from renewals.errors import ProverUnavailable
from renewals.vault import frames

log = structlog.get_logger(__name__)

#: Seconds a child may take to start, and to answer: far more than its processor time, for a machine that is busy.
START_SECONDS, ANSWER_SECONDS = 30, 30
_ROOT = Path(__file__).resolve().parents[2]


def program_of(module: str) -> str:
    """What a child runs: the ``main`` of one module of ours."""
    return f"import sys; sys.path.insert(0, sys.argv[1]); from {module} import main; main()"


class Child:
    """One child process and the socket to it."""

    def __init__(self, program: str) -> None:
        ours, theirs = socket.socketpair()
        try:
            # An environment without anything in it: no master key folder, no database address, no secret.
            self.process = subprocess.Popen(  # noqa: S603  # our own interpreter and program, no shell
                [sys.executable, "-I", "-c", program, str(_ROOT)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self.channel = ours
        self.owner = os.getpid()
        #: Whether its kernel shuts it out of the machine; known once it is ready.
        self.is_confined = False

    def close(self) -> None:
        """End the process and wait for it; a process that was forked meanwhile only lets go of its copy."""
        self.channel.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()


def started(program: str) -> Child:
    """A child that is ready for its first request. Raises ProverUnavailable."""
    try:
        child = Child(program)
    except OSError:
        raise ProverUnavailable from None
    try:
        ready = frames.receive(child.channel, deadline=monotonic() + START_SECONDS)
    except frames.ChannelBroken:
        child.close()
        raise ProverUnavailable from None
    child.is_confined = ready.get("confined") is True
    if not child.is_confined:
        log.warning("vault.prover_not_confined")
    return child
