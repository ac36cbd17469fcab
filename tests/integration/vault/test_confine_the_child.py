"""Is the process that parses files from outside shut out of the machine it runs on?"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from firm.env import BASE_DIR
from renewals.vault import prover

#: Each line is one thing that code which was smuggled into the child would try; it answers what became of it.
ATTEMPTS = """
import json, os, signal, socket, subprocess, sys
sys.path.insert(0, sys.argv[1])
import renewals.vault.prover_child
from renewals.vault.confining import confine
secret, folder, port, parent = sys.argv[2], sys.argv[3], int(sys.argv[4]), os.getppid()

def outcome(attempt):
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"

attempts = {
    "read the master key": lambda: open(secret, "rb").read(),
    "list its folder": lambda: os.listdir(folder),
    "read the memory of the vault worker": lambda: open(f"/proc/{parent}/mem", "rb").close(),
    "read its environment": lambda: open(f"/proc/{parent}/environ", "rb").read(),
    "write a file": lambda: open(folder + "/new", "wb").write(b"x"),
    "delete a file": lambda: os.unlink(secret),
    "start a program": lambda: subprocess.run(["/bin/true"]),
    "connect to the database": lambda: socket.create_connection(("127.0.0.1", port), 5),
}
before = {name: outcome(attempt) for name, attempt in attempts.items() if name != "delete a file"}
confined = confine()
import xml.dom.minidom
print(json.dumps({"confined": confined, "before": before, "after": {n: outcome(a) for n, a in attempts.items()}}))
"""


def landlock() -> bool:
    return sys.platform == "linux" and bool(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1) > 0)


@pytest.mark.skipif(not landlock(), reason="this kernel has no Landlock")
def test_code_that_was_smuggled_into_the_child_reaches_neither_keys_nor_network(tmp_path: Path):
    secret = tmp_path / "mk.key"
    secret.write_bytes(bytes(32))
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-I", "-c", ATTEMPTS, str(BASE_DIR), str(secret), str(tmp_path)]
        done = subprocess.run(
            [*command, str(server.getsockname()[1])], capture_output=True, text=True, check=True, cwd="/"
        )
    told = json.loads(done.stdout)
    assert told["confined"] is True
    # Root may do all of it without the sandbox, so that what follows proves the sandbox and not the user.
    if os.getuid() == 0:
        assert set(told["before"].values()) == {"done"}
    assert set(told["after"].values()) <= {"PermissionError"}
    assert secret.exists()


def test_the_child_of_the_vault_worker_says_whether_it_is_confined():
    prover.ensure_running()
    child = prover._prover.child
    assert child is not None
    assert child.is_confined is landlock()
