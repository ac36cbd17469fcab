"""Can everything that a look at the history may find be said?"""

import ast
import re

from renewals.wording.findings import FINDINGS, say_finding
from tests.conventions.source import modules


def found_in_the_code() -> dict[str, set[str]]:
    """Code → names of its facts, of every ``report.add`` that names them."""
    found: dict[str, set[str]] = {}
    for name, tree in modules("renewals"):
        if not name.startswith(("renewals/audit/", "renewals/vault/verifying_history")):
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add"):
                continue
            if node.args and isinstance(node.args[0], ast.Constant):
                found.setdefault(str(node.args[0].value), set()).update(one.arg for one in node.keywords if one.arg)
    return found


def test_every_finding_has_words_and_every_word_a_finding():
    assert set(found_in_the_code()) == set(FINDINGS)


def test_the_words_name_only_facts_that_the_finding_has():
    found = found_in_the_code()
    for code, words in FINDINGS.items():
        named = set(re.findall(r"%\((\w+)\)s", str(words)))
        facts = found[code] or named
        assert named <= facts, code
        assert say_finding(code, dict.fromkeys(facts, 7))
