"""Is anything on the screens still English? Every string of the theme and of Django's admin has Spanish words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import django.contrib.admin
import django.contrib.auth
import django.forms
import django.utils
import django.views
import polib
import pytest
import unfold
from django.utils.translation import gettext, ngettext, override, pgettext
from django.utils.translation.template import templatize

CATALOGUE = Path(__file__).parents[2] / "locale" / "es" / "LC_MESSAGES" / "django.po"
#: Read in one language as in the other.
SAME = {"No", "General", "IPv4", "IPv6", "URL", "a.m.", "p.m.", "AM", "PM", "Error:", ":", ":?.!"}
SAME |= {"feb", "mar", "may", "jun", "jul", "sep", "oct", "nov", "Feb.", "Oct.", "Nov."}
SAME |= {"%(class_name)s %(instance)s", "%(truncated_text)s…"}
#: How a password hasher shows the parts of a hash: no screen of ours does.
NEVER_SHOWN = {"salt", "hash", "checksum"}
LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
CALL = re.compile(r"\b(_|gettext|ngettext|pgettext)\(((?:u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")\s*,?\s*)+)")

Message = tuple[str, ...]


def messages_of_module(source: str) -> Iterator[tuple[str, Message]]:
    """Every string that a Python file hands to a translating function."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = tuple(one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))
        kind = name.removesuffix("_lazy").removesuffix("_noop")
        if words and kind in {"_", "gettext", "ngettext", "pgettext"}:
            yield kind, words


def messages_of_template(source: str) -> Iterator[tuple[str, Message]]:
    """Every string that a template translates, as Django's own extraction finds them."""
    for call in CALL.finditer(templatize(source)):
        yield call[1], tuple(ast.literal_eval(one) for one in LITERAL.findall(call[2]))


def messages_below(folder: Path) -> set[tuple[str, Message]]:
    """Every string below a folder; of the theme's extras only the filters, which are installed."""
    found: set[tuple[str, Message]] = set()
    for path in folder.rglob("*"):
        inner = path.relative_to(folder).parts
        if folder.name == "unfold" and inner[0] == "contrib" and "filters" not in inner:
            continue
        if path.suffix == ".py":
            found.update(messages_of_module(path.read_text()))
        elif path.suffix == ".html":
            found.update(messages_of_template(path.read_text()))
    return found


def in_spanish(kind: str, words: Message) -> bool:
    """Whether es-mx says it in other words than English, or in the same ones on purpose."""
    last = words[1] if kind in {"ngettext", "pgettext"} else words[0]
    if not last.strip() or last.strip() in SAME | NEVER_SHOWN:
        return True
    with override("es-mx"):
        if kind == "ngettext":
            return ngettext(words[0], words[1], 2) != words[1]
        return (pgettext(*words) if kind == "pgettext" else gettext(words[0])) != last


@pytest.mark.parametrize(
    "package", [unfold, django.contrib.admin, django.contrib.auth, django.forms, django.views, django.utils]
)
def test_every_string_that_can_appear_is_spanish(package):
    folder = Path(package.__file__).parent
    messages = messages_below(folder)
    assert messages, "nothing was extracted: the extraction is broken"
    english = sorted(words for kind, words in messages if not in_spanish(kind, words))
    assert english == []


def test_the_theme_is_really_read():
    assert ("gettext", ("Filters",)) in messages_below(Path(unfold.__file__).parent)


def test_the_compiled_catalogue_is_the_written_one():
    assert CATALOGUE.with_suffix(".mo").read_bytes() == polib.pofile(str(CATALOGUE)).to_binary()


def test_months_are_written_as_in_mexico():
    with override("es-mx"):
        assert gettext("November") == "noviembre"
