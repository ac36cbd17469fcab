"""Where does one machine keep what the program owns, and who makes the secrets it needs on first use?"""

import os
import secrets
from pathlib import Path


def ensure_home(home: Path) -> None:
    """Make the program's folder, readable by its owner alone."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)


def own_secret_key(home: Path) -> str:
    """The signing secret of this one machine: made at first use, then read from its owner-only file."""
    ensure_home(home)
    path = home / "secret_key"
    try:
        with open(path, "x", opener=owner_only) as handle:
            handle.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    return path.read_text().strip()


def own_intake_key(home: Path) -> str:
    """The public intake key of this one machine, as the runner wrote it; empty before its first start."""
    path = home / "intake_public_key"
    return path.read_text().strip() if path.exists() else ""


def owner_only(path: str, flags: int) -> int:
    """An ``opener`` for :func:`open` that creates files no other user can read."""
    return os.open(path, flags, 0o600)
