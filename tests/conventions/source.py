"""Which files make up the program, as a convention sees them?"""

from __future__ import annotations

import ast
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

from firm.env import BASE_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOORS = ("practice", "web", "admin", "management", "tasks.py")
_NOT_OURS = {
    ".git",
    ".venv",
    "var",
    "__pycache__",
    "node_modules",
    "test-results",
    "htmlcov",
    ".hypothesis",
    ".coverage",
}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is kept, or would be at the next commit; without git, every file that is not a by-product."""
    git = shutil.which("git")
    if git is not None and (BASE_DIR / ".git").exists():
        listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        command = [git, "-c", f"safe.directory={BASE_DIR}", *listing]
        named = subprocess.run(command, cwd=BASE_DIR, capture_output=True, check=True).stdout.decode().split("\0")
        return tuple(path for name in named if name and (path := BASE_DIR / name).is_file())
    return tuple(
        path
        for path in BASE_DIR.rglob("*")
        if path.is_file() and not any(part in _NOT_OURS or part.endswith("_cache") for part in path.parts)
    )


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Path from the root and syntax tree of every Python file in these folders (of the whole program without any)."""
    for path in files():
        name = str(path.relative_to(BASE_DIR))
        if path.suffix == ".py" and (not folders or name.startswith(tuple(f"{one}/" for one in folders))):
            yield name, _tree(path)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Every call of a function or method with one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if (isinstance(called, ast.Attribute) and called.attr in names) or (
                isinstance(called, ast.Name) and called.id in names
            ):
                yield node


@cache
def _constants() -> dict[str, str]:
    return {
        target.id: statement.value.value
        for _, tree in modules("firm", "renewals")
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        if isinstance(statement.value.value, str)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def literal(node: ast.expr | None) -> str | None:
    """The text of a string, written out or named by a constant of some module; None for anything else."""
    if isinstance(node, ast.Name):
        return _constants().get(node.id)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    """An argument of a call, by keyword or by position."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if len(call.args) > position else None
