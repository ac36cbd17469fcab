"""Does every way out of trouble lead somewhere, from every step where the trouble can happen?"""

from __future__ import annotations

from datetime import date

import pytest

from renewals.procedure.playbooks import PLAYBOOKS, Asked, Does, Ends, Playbook, Shows, Stage, offered
from renewals.procedure.portal_addresses import is_plain, recovery_address
from renewals.procedure.steps import PLANS, Plan, Portal, Step

BOOKS = [pytest.param(book, id=book.key) for book in PLAYBOOKS]
STAGES = [pytest.param(book, stage, id=f"{book.key}.{stage.key}") for book in PLAYBOOKS for stage in book.stages]
STEPS = [pytest.param(plan, step, id=f"{plan.name}-{plan.edition}-{step.key}") for plan in PLANS for step in plan.steps]
#: What the procedure calls for; each way out is offered for these certificates and no other.
KINDS = ("npie", "efirma", "csd", "unknown")


@pytest.mark.parametrize(("book", "stage"), STAGES)
def test_every_answer_leads_to_one_place_that_there_is(book: Playbook, stage: Stage):
    assert stage.ways
    for way in stage.ways:
        assert bool(way.to) != (way.ends is not None), way
        if way.to:
            assert book.stage(way.to) in book.stages
        assert set(way.needs) <= {question.name for question in stage.questions}


@pytest.mark.parametrize(("book", "stage"), STAGES)
def test_no_two_answers_or_questions_of_a_stage_are_called_the_same(book: Playbook, stage: Stage):
    assert len({way.key for way in stage.ways}) == len(stage.ways)
    assert len({question.name for question in stage.questions}) == len(stage.questions)


@pytest.mark.parametrize(("book", "stage"), STAGES)
def test_a_day_to_wait_for_is_asked_and_needed(book: Playbook, stage: Stage):
    for way in stage.ways:
        assert not way.until or (way.until in way.needs and way.waits)
        days = [one.name for one in stage.questions if one.asked is Asked.DAY]
        assert not way.until or way.until in days


@pytest.mark.parametrize(("book", "stage"), STAGES)
def test_papers_are_named_where_they_are_shown_and_nowhere_else(book: Playbook, stage: Stage):
    assert (Shows.PAPERS in stage.shows) == bool(stage.papers)


@pytest.mark.parametrize("book", BOOKS)
def test_every_stage_is_reached_and_from_every_stage_the_way_leads_out(book: Playbook):
    reached, ahead = set(), [book.stages[0].key]
    while ahead:
        key = ahead.pop()
        if key not in reached:
            reached.add(key)
            ahead += [way.to for way in book.stage(key).ways if way.to]
    assert reached == {stage.key for stage in book.stages}
    out = {stage.key for stage in book.stages if any(way.ends for way in stage.ways)}
    while grown := {s.key for s in book.stages if s.key not in out and any(way.to in out for way in s.ways)}:
        out |= grown
    assert out == reached


@pytest.mark.parametrize("book", BOOKS)
def test_every_way_out_can_end_with_the_trouble_gone(book: Playbook):
    assert any(way.ends is Ends.SOLVED for stage in book.stages for way in stage.ways)


@pytest.mark.parametrize("book", BOOKS)
def test_every_way_out_is_offered_at_some_step(book: Playbook):
    offering = [step.key for plan in PLANS for step in plan.steps if book.key in step.playbooks]
    assert offering
    for stage in book.stages:
        for way in stage.ways:
            if way.back_to:
                # Back, and never past what has still to be proved.
                plans = [plan for plan in PLANS if any(key in plan.step_keys() for key in offering)]
                assert all(way.back_to in plan.step_keys() for plan in plans)


@pytest.mark.parametrize(("plan", "step"), STEPS)
def test_every_step_at_a_portal_knows_what_to_do_when_the_portal_is_down(plan: Plan, step: Step):
    assert not step.portal or "portal_down" in step.playbooks


def test_the_procedure_is_covered_for_the_imss_and_for_the_sat():
    npie = {key for plan in PLANS if plan.name == "npie" for step in plan.steps for key in step.playbooks}
    assert npie == {
        "mail_missing",
        "certificate_not_downloaded",
        "broken_page",
        "old_passphrase",
        "key_lost",
        "identity_mismatch",
        "portal_down",
    }
    general = [step for plan in PLANS if plan.name == "general" for step in plan.steps]
    efirma = {book.key for step in general for book in offered(step.playbooks, kind="efirma")}
    assert efirma == {"sat_appointment", "sat_misuse", "sat_not_downloaded", "portal_down", "files_of_another"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_certificate_is_never_sent_to_the_portal_of_another_authority(kind: str):
    for plan in PLANS:
        for step in plan.steps:
            for book in offered(step.playbooks, kind=kind):
                assert not book.key.startswith("sat_") or kind in {"efirma", "csd"}


def test_an_incident_is_written_down_only_where_a_portal_is_known():
    opening = {
        book.key for book in PLAYBOOKS for stage in book.stages for way in stage.ways if way.does is Does.OPENS_INCIDENT
    }
    for plan in PLANS:
        for step in plan.steps:
            assert step.portal != Portal.NONE or not opening & set(step.playbooks)


def test_the_recovery_address_is_made_of_the_serial_alone():
    address = recovery_address("0000100000050446502A", on=date(2026, 11, 23))
    assert address == "https://idse.imss.gob.mx/certificacion/instalaRenovacion.idse?SERIAL_NOM=0000100000050446502A"


@pytest.mark.parametrize("text", ["", "12 34", "12&SERIAL_NOM=3", "../x", "１２", "ñ1", "<b>"])
def test_nothing_but_digits_and_letters_gets_into_the_address(text: str):
    assert not is_plain(text)
    with pytest.raises(ValueError, match="digits and letters"):
        recovery_address(text, on=date(2026, 11, 23))
