"""Are the doors thin: do they ask named questions and hand out objects through ``access`` alone?"""

import ast

from tests.conventions.source import DOORS, modules

#: Methods that put a question of their own together, and writes past the verbs.
RAW = {"filter", "exclude", "raw", "extra", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}


def door_modules():
    return modules(*[f"renewals/{door}" for door in DOORS if not door.endswith(".py")])


def test_doors_put_no_question_together_themselves():
    found = [
        f"{name}:{node.lineno} .{node.func.attr}("
        for name, tree in door_modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RAW
    ]
    assert not found


def test_doors_do_not_go_to_the_tables_past_access():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in door_modules()
        if name.startswith(("renewals/web/", "renewals/practice/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}
    ]
    assert not found


def test_tasks_take_ids_and_call_one_function():
    (tree,) = [tree for name, tree in modules("renewals") if name == "renewals/tasks.py"]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            statements = [one for one in node.body if not isinstance(one, ast.Expr) or isinstance(one.value, ast.Call)]
            assert len(statements) <= 2, f"{node.name} does more than fetch and call"


def test_only_the_supervisor_and_commands_write_to_the_terminal():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules("firm", "renewals")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not found
