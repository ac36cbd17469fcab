"""Do the documents lead somewhere, and do they name commands and words that exist?"""

import re

from django.core.management import get_commands

from firm.env import BASE_DIR, env
from tests.conventions.source import files

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
WORDS = set(re.findall(r"^([a-z0-9]+):", (BASE_DIR / "Makefile").read_text(), re.MULTILINE))


def test_every_link_leads_to_a_file():
    broken = [
        f"{path.relative_to(BASE_DIR)}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text())
        if not target.startswith(("http:", "https:", "mailto:")) and not (path.parent / target).exists()
    ]
    assert not broken


def test_every_command_that_is_named_exists():
    named = {name for path in DOCUMENTS for name in re.findall(r"manage\.py ([a-z_]+)", path.read_text())}
    assert not named - set(get_commands())


def test_every_word_of_make_that_is_named_exists():
    named = {
        name
        for path in DOCUMENTS
        for name in re.findall(r"(?:`|^    )(?:[A-Z_]+=\S+ )*make ([a-z0-9]+)", path.read_text(), re.MULTILINE)
    }
    assert not named - WORDS


def test_the_runbook_names_settings_that_exist():
    text = (BASE_DIR / "docs" / "runbook.md").read_text()
    assert not set(re.findall(r"\b([A-Z]+_[A-Z_]+)=", text)) - set(env.scheme) - {"SITE_ADDRESS"}


def test_decisions_have_numbers_of_their_own():
    numbers = [path.name[:4] for path in DOCUMENTS if path.parent.name == "decisions"]
    assert all(number.isdecimal() for number in numbers)
    assert len(numbers) == len(set(numbers))
