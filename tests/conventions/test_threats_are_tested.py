"""Does every line of docs/threats.md that promises something name a test that exists?"""

from __future__ import annotations

import re

from firm.env import BASE_DIR

PAGE = (BASE_DIR / "docs" / "threats.md").read_text()


def test_every_test_that_is_named_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 10
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (BASE_DIR / file).is_file() or f"def {name}(" not in (BASE_DIR / file).read_text()
    ]
    assert missing == []


def test_every_promise_names_one():
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| ") and "thief has" not in line]
    assert len(rows) > 10
    unproved = [cells[0].strip() for cells in rows if cells[2].strip() and "`tests/" not in cells[3]]
    assert unproved == []
