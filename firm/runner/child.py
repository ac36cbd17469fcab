"""How is one process of the program started, watched and stopped, so that none ever outlives the runner?"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from firm.home import owner_only

#: A process that ends sooner than this after its start did not really start: the next try waits longer.
SECONDS_THAT_COUNT_AS_UP = 10
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
#: A log longer than this is moved aside; one old copy is kept.
LOG_LIMIT = 20 * 1024 * 1024
PR_SET_PDEATHSIG = 1


def end_with_the_parent(signum: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to signal the calling process when its parent dies, even by SIGKILL (Linux; see prctl(2))."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signum)


def _end_at_once_with_the_runner() -> None:
    # Where the runner was killed nobody is left to end those that linger; the rows tell what was left undone.
    end_with_the_parent(signal.SIGKILL)


@dataclass(slots=True)
class Child:
    """One process of the program in a process group of its own, its output in a file only the owner can read."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    #: An errand ends by itself and is not started again.
    is_errand: bool = False
    process: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE
    start_at: float = 0.0
    started_at: float = 0.0

    def start(self) -> None:
        """Start the process. Only the runner's main thread may: the kernel ties the parent's death to the thread."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.trim_log()
        with open(self.log, "ab", opener=owner_only) as output:
            self.process = subprocess.Popen(  # noqa: S603  # the commands are the runner's own
                list(self.command),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=_end_at_once_with_the_runner,  # noqa: PLW1509  # the runner has a single thread
            )
        self.started_at = time.monotonic()

    def ended_with(self) -> int | None:
        """The exit status of a process that ended by itself; None while it runs, or before it was started."""
        return None if self.process is None else self.process.poll()

    def plan_restart(self) -> float:
        """Note when to start it again, later after each quick end; returns the seconds until then."""
        # Its own children may have outlived it: nothing of the old group may run beside the new one.
        self.signal(signal.SIGKILL)
        now = time.monotonic()
        stayed_up = now - self.started_at >= SECONDS_THAT_COUNT_AS_UP
        pause = FIRST_PAUSE if stayed_up else self.pause
        self.pause = min(pause * 2, LONGEST_PAUSE)
        self.start_at = now + pause
        self.process = None
        return pause

    def signal(self, signum: signal.Signals) -> None:
        """Send a signal to the process and to everything it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signum)

    def ask_to_stop(self) -> None:
        """Ask the process itself to finish; it tells its own children in its own way."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def trim_log(self) -> None:
        """Move a log that has grown too long aside; the process goes on writing at the start of an empty one."""
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_LIMIT:
                kept = self.log.with_suffix(".log.1")
                with open(kept, "wb", opener=owner_only) as old, self.log.open("rb") as new:
                    while chunk := new.read(1024 * 1024):
                        old.write(chunk)
                os.truncate(self.log, 0)

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for a person who has to find out why it does not start."""
        with suppress(FileNotFoundError), self.log.open("rb") as lines:
            lines.seek(max(0, self.log.stat().st_size - 8000))
            return "\n".join(lines.read().decode(errors="replace").splitlines()[-count:])
        return ""
