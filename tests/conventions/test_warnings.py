"""Has every warning about a file its Spanish?"""

import ast
import re

from renewals.errors import EmptyFile, FileTooLarge, UnrecognisedFile
from renewals.intake.files import OTHER_PAPERS
from renewals.wording.warnings import WARNINGS, say_warning
from tests.conventions.source import calls, modules


def codes():
    """Codes written where a warning is made, where a table of them is kept, and where an identifier is judged."""
    found = {one.code for one in OTHER_PAPERS}
    for name, tree in modules("renewals/intake", "renewals/pki"):
        for call in calls(tree, "FileWarning"):
            found |= {str(one.value) for one in call.args[:1] if isinstance(one, ast.Constant)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "_warnings":
                rows = [one for one in ast.walk(node) if isinstance(one, ast.Tuple) and len(one.elts) == 3]
                found |= {str(row.elts[1].value) for row in rows if isinstance(row.elts[1], ast.Constant)}
            if name.endswith("identifiers.py") and isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^\w+_(?:check_digit|generic)$", node.value))
    return found


def test_every_warning_has_words_and_every_word_its_warning():
    # An NSS is judged, and no file names one yet.
    assert codes() - {"nss_check_digit"} == set(WARNINGS)


def test_what_is_ignored_in_a_folder_is_what_nobody_asked_for():
    assert set(OTHER_PAPERS) == {UnrecognisedFile, EmptyFile, FileTooLarge}


def test_words_take_the_detail():
    assert "512 bits" in say_warning("weak_key", "512")
    assert "3 de enero de 2026" in say_warning("expired", "2026-01-03")
    assert say_warning("nobody_worded_this") == "nobody_worded_this"
