"""How does a test start the whole program on this machine, look at its processes, and be sure that all are gone?"""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from firm.env import BASE_DIR
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Generous, because the machine may be busy with other tests.
SECONDS_TO_START = 120
SECONDS_TO_END = 40


def wait_for(what: Callable[[], object], *, seconds: float, why: str) -> None:
    """Look until it is true."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, f"not within {seconds} s: {why}"
        time.sleep(0.1)


@dataclass
class Program:
    """A runner of our own, and the processes that belong to its home folder."""

    home: Path
    port: int
    runner: subprocess.Popen[str]
    said: Path

    @property
    def output(self) -> str:
        """What a person at the terminal has seen so far."""
        return self.said.read_text()

    @property
    def url(self) -> str:
        """Where this machine reaches the pages."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> None:
        """Wait for the line with the address."""
        wait_for(
            lambda: "Listo:" in self.output or self.runner.poll() is not None,
            seconds=SECONDS_TO_START,
            why="the program starts",
        )
        assert self.runner.poll() is None, f"the runner ended:\n{self.output}{self.logs()}"

    def stop(self, signum: signal.Signals = signal.SIGINT) -> int:
        """Send the runner alone a signal, and wait until it has ended."""
        self.runner.send_signal(signum)
        return self.runner.wait(timeout=SECONDS_TO_END)

    def logs(self) -> str:
        """The ends of all logs, for the report of a failing test."""
        return "".join(f"\n== {log.name}\n{log.read_text()[-2000:]}" for log in sorted(self.home.glob("logs/*.log")))

    def processes(self) -> dict[int, dict[str, str]]:
        """Environment by process id of every process whose home folder is this one, the runner's included."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError):
                    told = _environment(entry / "environ")
                    if told.get("FIRM_HOME") == str(self.home) and not _is_zombie(entry):
                        found[int(entry.name)] = told
        return found

    def pids(self, role: str) -> set[int]:
        """The processes of one role."""
        return {pid for pid, told in self.processes().items() if told.get("PROCESS_ROLE") == role}


def _environment(path: Path) -> dict[str, str]:
    return dict(one.split("=", 1) for one in path.read_bytes().decode(errors="replace").split("\0") if "=" in one)


def _is_zombie(entry: Path) -> bool:
    return (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


@contextmanager
def started(
    home: Path,
    *,
    demo: bool = False,
    answers: str = "",
    host: str = "127.0.0.1",
    port: int | None = None,
    command: list[str] | None = None,
    told: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """The runner as ``make run`` calls it, ``told`` what a person would set; nothing of it is left afterwards."""
    port = port or free_port()
    said = home.parent / f"{home.name}-{port}.said"
    command = command or [sys.executable, "-m", "firm.runner", "--host", host, "--port", str(port)]
    program_environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PLAIN_HTTP"}
    }
    with said.open("w") as output:
        runner = subprocess.Popen(
            command,
            cwd=BASE_DIR,
            env={**program_environment, "FIRM_HOME": str(home), "DEMO": "1" if demo else "0", **(told or {})},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
            # Whoever runs the tests under nohup has made us deaf to this signal, and we would hand that down.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509  # one thread here
        )
    program = Program(home=home, port=port, runner=runner, said=said)
    try:
        assert runner.stdin is not None
        with suppress(BrokenPipeError):
            runner.stdin.write(answers)
            runner.stdin.close()
        yield program
    finally:
        for pid in program.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        runner.kill()
        runner.wait()


@dataclass
class Visitor:
    """A browser without a screen: cookies, and the token that a form carries."""

    url: str
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def get(self, path: str) -> str:
        """The text of a page, after redirects."""
        return self._open(urllib.request.Request(self.url + path))

    def post(self, path: str, **fields: str) -> str:
        """Fill in the form of a page and send it; gives the text of the page that follows."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path))
        assert token is not None
        form = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        return self._open(urllib.request.Request(self.url + path, data=form))

    def _open(self, request: urllib.request.Request) -> str:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=30) as response:
                return str(response.read().decode())
        except urllib.error.HTTPError as error:
            return str(error.read().decode())
