"""Does a text of the firm mean what it may mean, and nothing else?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.errors import Refusal
from renewals.errors.texts import BoldUnclosed, LinkElsewhere, PlaceholderUnknown, TextTooLong
from renewals.procedure.restricted_text import LONGEST, PLACEHOLDERS, parse


def test_paragraphs_lists_and_bold_are_read():
    blocks = parse("Entra a IDSE.\nSin prisa.\n\n1. Copia **{correo}**\n2. Guarda\n\nListo.")
    assert [block.is_list for block in blocks] == [False, True, False]
    assert [piece.text for piece in blocks[0].lines[0]] == ["Entra a IDSE. Sin prisa."]
    copied = blocks[1].lines[0][1]
    assert (copied.placeholder, copied.is_bold) == ("correo", True)


def test_a_list_may_follow_a_paragraph_without_an_empty_line():
    blocks = parse("Haz esto:\n1. Uno\n2. Dos\nY ya.")
    assert [len(block.lines) for block in blocks] == [1, 2, 1]


@pytest.mark.parametrize("text", ["{clave}", "{{ rfc }}", "{% load x %}", "{rfc|safe}", "{}", "{company.rfc}"])
def test_what_there_is_not_is_refused_with_the_list_of_what_there_is(text: str):
    with pytest.raises(PlaceholderUnknown) as refused:
        parse(f"El dato {text}")
    assert all(f"{{{name}}}" in str(refused.value.facts["known"]) for name in PLACEHOLDERS)


@pytest.mark.parametrize(
    "address",
    [
        "http://imss.gob.mx/",
        "https://imss.gob.mx.example/",
        "https://notimss.gob.mx/",
        "https://ana@imss.gob.mx/",
        "https://imss.gob.mx:8443/",
        "https://imss.gob.mx@evil.example/",
        "javascript://imss.gob.mx/%0aalert(1)",
        "https://[imss.gob.mx/",
        "ftp://sat.gob.mx/",
    ],
)
def test_a_link_leads_to_the_authorities_and_nowhere_else(address: str):
    with pytest.raises(LinkElsewhere):
        parse(f"Abre {address}")


def test_an_address_of_an_authority_becomes_a_link_without_the_full_stop_after_it():
    pieces = parse("Abre https://idse.imss.gob.mx/imss/. Luego, https://www.sat.gob.mx")[0].lines[0]
    assert [one.text for one in pieces if one.is_link] == ["https://idse.imss.gob.mx/imss/", "https://www.sat.gob.mx"]


def test_bold_that_does_not_end_is_told_with_its_line():
    with pytest.raises(BoldUnclosed) as refused:
        parse("Esto **sigue")
    assert refused.value.facts["line"] == "Esto **sigue"


def test_a_text_that_nobody_would_read_is_refused():
    with pytest.raises(TextTooLong):
        parse("a" * (LONGEST + 1))


def test_what_nobody_can_see_is_left_out():
    assert parse("fac\u202etura\u0000\u200b")[0].lines[0][0].text == "factura"


@given(st.text(alphabet=st.sampled_from("a*{}:/. \n1httpsrfc<>&"), max_size=200))
def test_any_text_is_read_or_refused(text: str):
    try:
        blocks = parse(text)
    except Refusal:
        return
    assert all(block.lines for block in blocks)
