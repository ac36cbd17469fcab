"""Who keeps the processes up, and who stops all of them?"""

import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from firm.runner.child import Child

#: Seconds that the processes get to finish what they hold; after that the rows tell what was left.
SECONDS_TO_FINISH = 10
TICK = 0.2
SECONDS_BETWEEN_LOG_LOOKS = 60
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Starts the children, starts again those that end, and stops all of them on SIGINT, SIGTERM or SIGHUP."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None]) -> None:
        self.children = list(children)
        self.say = say
        self.asked_to_stop = 0
        self._log_look_at = 0.0

    def __enter__(self) -> "Supervisor":
        """Listen to the signals and start everything."""
        for signum in STOPPING:
            # Under nohup the end of the terminal is not to be heard.
            if signum is not signal.SIGHUP or signal.getsignal(signum) is not signal.SIG_IGN:
                signal.signal(signum, self._hear)
        for child in self.children:
            child.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything, whatever happened."""
        self.stop()

    def _hear(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop += 1

    def send(self, errand: Child) -> None:
        """Start something beside the others that is to be done once."""
        errand.start()
        self.children.append(errand)

    def watch_until_stopped(self) -> None:
        """Keep every process up until somebody asks to stop."""
        while not self.asked_to_stop:
            self.tick()
            time.sleep(TICK)

    def tick(self) -> None:
        """Look once at every process."""
        now = time.monotonic()
        look_at_logs = now >= self._log_look_at
        if look_at_logs:
            self._log_look_at = now + SECONDS_BETWEEN_LOG_LOOKS
        for child in self.children:
            if look_at_logs:
                child.trim_log()
            if child.process is None:
                if now >= child.start_at:
                    child.start()
                continue
            status = child.ended_with()
            if status is not None and not child.is_errand:
                pause = child.plan_restart()
                self.say(f"{child.name} terminó (estado {status}); se inicia de nuevo en {pause:.0f} s.")

    def stop(self) -> None:
        """Ask every process to finish, wait, and end whatever is left; a second Ctrl-C ends the waiting."""
        for child in self.children:
            child.ask_to_stop()
        until = time.monotonic() + SECONDS_TO_FINISH
        while any(child.process is not None and child.process.poll() is None for child in self.children):
            if time.monotonic() > until or self.asked_to_stop > 1:
                break
            time.sleep(0.05)
        for child in self.children:
            child.signal(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()
