"""Do the bytes that stand for an event say everything, in one form only?"""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from renewals.audit.canonical import canonical_bytes, facts_text, moment_text

EVENT: dict[str, Any] = {
    "at": "2026-03-03T12:00:00.000000Z",
    "name": "company.changed",
    "person_id": 7,
    "actor": "josé",
    "company_id": 5,
    "subject_type": "company",
    "subject_id": "5",
    "facts": facts_text({"name": "Ñandú «2»\n", "count": 3, "done": True, "before": None}),
}


def test_the_bytes_are_these_and_no_others():
    """A vector: whoever changes the form breaks every chain that was ever written."""
    assert canonical_bytes(**EVENT) == (
        b'{"actor":"jos\\u00e9","at":"2026-03-03T12:00:00.000000Z","company":5,"event":"company.changed",'
        b'"facts":{"before":null,"count":3,"done":true,"name":"\\u00d1and\\u00fa \\u00ab2\\u00bb\\n"},"format":1,'
        b'"person":7,"subject":"company","subject_id":"5"}'
    )


def test_the_bytes_are_what_an_ordinary_json_writer_makes_with_sorted_keys():
    for changed in ({}, {"person_id": None, "company_id": None}, {"actor": 'a"b\\c\x7f😀'}, {"facts": "{}"}):
        written = canonical_bytes(**(EVENT | changed))
        assert json.dumps(json.loads(written), sort_keys=True, separators=(",", ":")).encode() == written


@pytest.mark.parametrize(
    "changed",
    [
        {"at": "2026-03-03T12:00:00.000001Z"},
        {"name": "company.created"},
        {"person_id": None},
        {"actor": "jose"},
        {"company_id": None},
        {"subject_type": "renewal"},
        {"subject_id": "6"},
        {"facts": "{}"},
    ],
)
def test_whatever_is_changed_changes_the_bytes(changed):
    assert canonical_bytes(**(EVENT | changed)) != canonical_bytes(**EVENT)


def test_facts_have_one_form_whatever_the_order_they_came_in():
    assert facts_text({"b": 1, "a": "x"}) == facts_text({"a": "x", "b": 1}) == '{"a":"x","b":1}'
    assert facts_text({}) == "{}"


def test_a_moment_has_one_form_wherever_it_was_noted():
    noon = datetime(2026, 3, 3, 12, 0, tzinfo=ZoneInfo("America/Mexico_City"))
    assert moment_text(noon) == "2026-03-03T18:00:00.000000Z"
    assert moment_text(noon.astimezone(UTC)) == moment_text(noon)


def test_a_number_without_a_json_form_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        facts_text(json.loads('{"share": NaN}'))
