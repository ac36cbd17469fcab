"""Is every file small, named after its topic, and does it say which question it answers?"""

import ast

from firm.env import BASE_DIR
from tests.conventions.source import files, modules

LONGEST = 400
NAMELESS = {"utils", "helpers", "common", "misc", "tools", "shared", "base"}


def test_every_module_says_what_it_is_for():
    silent = [
        name for name, tree in modules() if not ast.get_docstring(tree) and not name.startswith("renewals/migrations/")
    ]
    assert not silent


def test_no_module_is_longer_than_a_person_reads():
    long = {
        str(path.relative_to(BASE_DIR)): lines
        for path in files()
        if path.suffix in {".py", ".js", ".html", ".css"}
        and "migrations" not in path.parts
        and (lines := len(path.read_text().splitlines())) > LONGEST
    }
    # One sheet for all pages is easier to keep in step than several.
    long.pop("renewals/static/renewals/app.css", None)
    assert not long


def test_no_module_is_a_drawer_for_unrelated_things():
    assert not [name for name, _ in modules() if name.rsplit("/", 1)[-1].removesuffix(".py") in NAMELESS]


def test_nothing_is_left_to_be_done():
    # Spelled apart, so that this file does not find itself.
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")
    found = [
        str(path.relative_to(BASE_DIR))
        for path in files()
        if path.suffix in {".py", ".html", ".js", ".css", ".toml", ".yml"} or path.name in {"Makefile", "Dockerfile"}
        if any(mark in path.read_text() for mark in marks)
    ]
    assert not found


def test_every_public_function_and_class_is_described():
    bare = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in modules("firm", "renewals", "benchmarks")
        if "/migrations/" not in name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare
