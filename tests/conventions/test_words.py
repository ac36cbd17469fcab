"""Has everything that a person may read its Spanish?"""

import ast
import re

from renewals import errors
from renewals.wording.errors import ERRORS
from renewals.wording.events import EVENTS
from renewals.wording.history import MACHINES, REASONS
from tests.conventions.source import argument, calls, literal, modules


def refusals():
    found, ahead = set(), [errors.Refusal]
    while ahead:
        one = ahead.pop()
        found.add(one)
        ahead.extend(one.__subclasses__())
    return found


def test_every_refusal_has_words_and_every_word_its_refusal():
    assert {one.code for one in refusals()} == set(ERRORS)


def test_every_refusal_has_a_code_of_its_own():
    codes = [one.code for one in refusals()]
    assert len(codes) == len(set(codes))


def test_every_refusal_lives_in_one_place():
    assert {one.__module__.rpartition(".")[0] for one in refusals()} == {"renewals.errors"}


def test_words_fill_in_nothing_but_facts_that_the_refusal_names():
    for one in refusals():
        asked = set(re.findall(r"%\((\w+)\)s", str(ERRORS[one.code])))
        described = set(re.findall(r"``(\w+)``", one.__doc__ or ""))
        inherited = {name for base in one.__mro__ for name in re.findall(r"``(\w+)``", base.__doc__ or "")}
        assert asked <= described | inherited, f"{one.__name__} does not name {asked - described}"


def recorded_events():
    names = set()
    for _, tree in modules("renewals"):
        for call in calls(tree, "record", "record_first", "Entry", "_record"):
            names.add(literal(argument(call, "name", 0)))
        for call in calls(tree, "_set"):
            names.add(literal(argument(call, "event", 99)))
    return names - {None}


def test_every_event_has_words():
    assert not recorded_events() - set(EVENTS)


def test_no_event_is_worded_that_nothing_records():
    texts = {
        text
        for name, tree in modules("renewals")
        if not name.startswith("renewals/wording/")
        for text in literals(tree)
    }
    assert not set(EVENTS) - texts


def literals(tree):
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_events_are_named_after_what_they_happened_to():
    assert not [name for name in EVENTS if not re.fullmatch(r"[a-z_]+\.[a-z_]+", name)]


def test_every_part_of_the_program_that_acts_has_words():
    parts = {literal(argument(call, "part", 0)) for _, tree in modules("renewals") for call in calls(tree, "Machine")}
    assert parts - {None} == set(MACHINES)


def test_every_reason_for_which_the_program_itself_opens_a_key_has_words():
    openings = ("opening", "prove_certificate_pair", "prove_and_package", "read_pfx_certificate")
    reasons = {
        literal(argument(call, "reason", 99)) for _, tree in modules("renewals") for call in calls(tree, *openings)
    }
    assert reasons - {None} == set(REASONS)
