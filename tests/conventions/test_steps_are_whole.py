"""Is every step of every plan complete: page, form, gate, handler and words?"""

from __future__ import annotations

import pytest

from firm.env import BASE_DIR
from renewals.models.renewal import Grade as KeptGrade
from renewals.models.waiting import Portal as KeptPortal
from renewals.models.waiting import WaitKind
from renewals.procedure import checking, gates, letter_gates, progress, waiting
from renewals.procedure.steps import PLANS, Field, Grade, Plan, Portal, Step, Takes
from renewals.web.guide_forms import StepForm
from renewals.wording import playbooks as playbook_words
from renewals.wording import preflight as preflight_words
from renewals.wording import steps as words

STEPS = [pytest.param(plan, step, id=f"{plan.name}-{plan.edition}-{step.key}") for plan in PLANS for step in plan.steps]
FIELDS = [
    pytest.param(step, field, id=f"{plan.name}-{plan.edition}-{step.key}-{field.name}")
    for plan in PLANS
    for step in plan.steps
    for field in step.fields
]
#: Why a step may wait.
HOLDS = (*waiting.HELD_BY_GATE, *WaitKind.values, progress.TIMER, progress.SECOND_PERSON)


@pytest.mark.parametrize(("plan", "step"), STEPS)
def test_a_step_has_a_page_that_says_what_to_see_what_to_do_and_what_proves_it(plan: Plan, step: Step):
    page = (BASE_DIR / "templates" / "steps" / f"{step.key}.html").read_text()
    assert page.startswith('{% extends "renewals/step.html" %}')
    for block in ("see", "do", "proof"):
        inside = page.split(f"{{% block {block} %}}", 1)[1].split("{% endblock %}", 1)[0]
        assert inside.strip()


@pytest.mark.parametrize(("plan", "step"), STEPS)
def test_a_step_has_a_gate_and_somebody_who_gathers_its_facts(plan: Plan, step: Step):
    assert step.key in {*gates.GATES, *letter_gates.GATES}
    assert bool(step.fields) == (step.key in progress.HANDLERS)
    assert step.needs_vault == (step.key in checking.CHECKS)


@pytest.mark.parametrize(("plan", "step"), STEPS)
def test_a_step_is_worded(plan: Plan, step: Step):
    assert step.key in words.STEPS
    assert step.actor.value in words.ACTORS
    assert all(grade.value in words.GRADES for grade in step.minimum)
    assert all(playbook in playbook_words.PLAYBOOKS for playbook in step.playbooks)


@pytest.mark.parametrize(("step", "field"), FIELDS)
def test_a_field_is_worded_and_so_is_every_answer_it_offers(step: Step, field: Field):
    assert f"{step.key}.{field.name}" in words.FIELDS
    assert tuple(words.say_choices(step.key, field.name)) == field.choices


@pytest.mark.parametrize(("plan", "step"), STEPS)
def test_the_form_asks_for_what_the_plan_says_and_nothing_else(plan: Plan, step: Step):
    form = StepForm(step)
    assert set(form.fields) == {"version", *(field.name for field in step.fields)}
    for field in step.fields:
        assert form.fields[field.name].required == field.required
        assert (field.takes in {Takes.EVIDENCE, Takes.KEY_MATERIAL}) == form.fields[
            field.name
        ].widget.needs_multipart_form


def test_no_page_and_no_words_are_left_of_a_step_that_no_plan_has():
    keys = {step.key for plan in PLANS for step in plan.steps}
    assert {path.stem for path in (BASE_DIR / "templates" / "steps").glob("*.html")} == keys
    assert set(words.STEPS) == {*gates.GATES, *letter_gates.GATES} == keys
    named = {f"{step.key}.{field.name}" for plan in PLANS for step in plan.steps for field in step.fields}
    assert set(words.FIELDS) == named
    assert set(words.CHOICES) | set(words.HINTS) <= named


def test_every_reason_to_wait_is_worded():
    assert set(words.HOLDS) == set(HOLDS)


def test_every_point_of_the_preflight_is_worded_with_every_finding():
    assert {name.partition(".")[0] for name in preflight_words.PREFLIGHT_FINDINGS} == set(preflight_words.PREFLIGHT)
    assert set(preflight_words.MENDERS) == {"responsible", "contact", "colleague"}
    # Any colleague will do, so none is named.
    assert set(preflight_words.NOBODY) == {"responsible", "contact"}


def test_the_grades_of_the_plan_are_those_that_are_kept():
    assert {grade.value for grade in Grade} == set(KeptGrade.values) == set(words.GRADES)


def test_the_portals_of_the_plan_are_those_that_can_have_an_incident():
    assert {portal.value for portal in Portal} - {""} == set(KeptPortal.values)
