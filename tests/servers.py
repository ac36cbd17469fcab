"""Which private servers does a test need? PostgreSQL and Redis from the installed binaries, gone when it ends.

Also a command: ``python -m tests.servers [--postgres] [--redis] -- COMMAND…`` runs a command beside them.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS_TO_START = 30
_PR_SET_PDEATHSIG = 1


class BinaryMissing(Exception):
    """A server's program is not installed; says which Debian package has it."""


def free_port() -> int:
    """A TCP port of this machine that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def private_redis() -> Iterator[str]:
    """A Redis of our own on a free port, with a password and without a file; gives its URL.

    Raises:
        BinaryMissing: redis-server is not installed.
    """
    binary = shutil.which("redis-server")
    if binary is None:
        raise BinaryMissing("redis-server is not installed (Debian package redis-server)")
    port, password = free_port(), secrets.token_hex(16)
    settings = f"bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ''\nappendonly no\n"
    with _started([binary, "-"], stdin=settings, stop=signal.SIGTERM) as server:
        _wait(server, lambda: _answers(port))
        yield f"redis://:{password}@127.0.0.1:{port}/0"


@contextlib.contextmanager
def private_postgres() -> Iterator[str]:
    """A PostgreSQL of our own behind a socket in a folder of its own; gives its URL, whose role owns everything.

    It refuses to run as root, so as root it runs as ``postgres`` or ``nobody``.

    Raises:
        BinaryMissing: PostgreSQL's server is not installed.
    """
    binaries = _postgres_binaries()
    owner = _unprivileged()
    # A socket's path may hold 107 bytes, so the folder is not the test's own long one.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        if owner is not None:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "firm", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, cwd=folder, **_as(owner))
        command = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), "-h", ""]
        # Nothing here outlives the test, so nothing has to reach the disk.
        command += ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
        # Tables that were never analysed look big to the planner, and compiling a query costs more than running it.
        command += ["-c", "jit=off"]
        with _started(command, stop=signal.SIGINT, cwd=folder, owner=owner) as server:
            _wait(server, lambda: _accepts(folder))
            yield f"postgres://firm@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_binaries() -> Path:
    on_path = shutil.which("postgres")
    if on_path is not None and (Path(on_path).parent / "initdb").exists():
        return Path(on_path).parent
    versions = sorted(
        (path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()),
        key=lambda path: float(path.parent.name),
    )
    if not versions:
        raise BinaryMissing("PostgreSQL's server is not installed (Debian package postgresql)")
    return versions[-1]


def _unprivileged() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise BinaryMissing("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _as(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    if owner is None:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _accepts(folder: Path) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(host=str(folder), user="firm", dbname="postgres").close()
        return True
    return False


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def _started(
    command: list[str],
    *,
    stop: signal.Signals,
    stdin: str | None = None,
    cwd: Path | None = None,
    owner: pwd.struct_passwd | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    def die_with_the_test() -> None:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, stop)

    server = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        process_group=0,
        preexec_fn=die_with_the_test,  # noqa: PLW1509  # no thread of a test holds a lock while servers start
        **_as(owner),
    )
    try:
        if stdin and server.stdin is not None:
            server.stdin.write(stdin.encode())
            server.stdin.close()
        yield server
    finally:
        server.send_signal(stop)
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], is_up: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while not is_up():
        if server.poll() is not None:
            raise RuntimeError(f"the server ended at once with status {server.returncode}")
        if time.monotonic() > until:
            raise RuntimeError(f"the server did not answer within {SECONDS_TO_START} s")
        time.sleep(0.05)


def main(arguments: list[str]) -> int:
    """Run a command beside the servers it asked for; its exit status is ours."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("command", nargs="+")
    asked = parser.parse_args(arguments)
    environment = dict(os.environ)
    with contextlib.ExitStack() as stack:
        try:
            if asked.postgres:
                environment["DATABASE_URL"] = stack.enter_context(private_postgres())
            if asked.redis:
                environment["REDIS_URL"] = stack.enter_context(private_redis())
        except BinaryMissing as missing:
            forbidden = os.environ.get("FORBID_SKIPS") == "1"
            print(f"{'FAILED' if forbidden else 'SKIPPED'}: {missing}", file=sys.stderr)  # noqa: T201  # a command
            return 1 if forbidden else 0
        return subprocess.run(asked.command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
