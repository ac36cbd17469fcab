"""Is the table of steps whole, and does it say what it should?"""

from __future__ import annotations

import pytest

from renewals.procedure.steps import PLANS, Actor, Grade, Plan, Takes, plan_for, plan_of

IMSS_KEYS = (
    "enter_idse",
    "confirm_company",
    "new_key_place",
    "mouse_entropy",
    "sign_terms_old",
    "mail_that_never_comes",
    "install_with_new_key",
    "certificate_saved",
    "terms_offered_again",
    "sign_terms_new",
    "generated",
    "conditions_at_login",
    "sign_conditions_new",
    "access_granted",
)

every_plan = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.name}-{plan.edition}")


def test_an_imss_certificate_gets_the_fourteen_steps_in_their_order():
    assert plan_for("npie").step_keys() == IMSS_KEYS


@pytest.mark.parametrize("kind", ["efirma", "csd", "unknown", "something-to-come"])
def test_every_other_kind_gets_the_general_plan(kind: str):
    assert plan_for(kind).step_keys() == ("obtain", "take_in", "confirm")


def test_a_renewal_finds_the_edition_it_began_with():
    assert plan_of("npie", plan_for("npie").edition) is plan_for("npie")
    assert plan_of("npie", 1).edition == 1


def test_an_edition_that_was_never_written_is_an_error():
    with pytest.raises(KeyError):
        plan_of("npie", 99)


def test_no_two_plans_have_the_same_name_and_edition():
    assert len({(plan.name, plan.edition) for plan in PLANS}) == len(PLANS)


@every_plan
def test_the_steps_of_a_plan_follow_each_other_to_the_last(plan: Plan):
    walked = [plan.steps[0].key]
    while (following := plan.after(walked[-1])) is not None:
        walked.append(following.key)
    assert tuple(walked) == plan.step_keys()


@every_plan
def test_a_step_of_another_plan_is_an_error(plan: Plan):
    with pytest.raises(KeyError):
        plan.step("no_such_step")
    with pytest.raises(KeyError):
        plan.after("no_such_step")


@every_plan
def test_no_key_appears_twice_in_a_plan(plan: Plan):
    assert len(set(plan.step_keys())) == len(plan.steps)


@every_plan
def test_every_step_has_a_minimum_proof(plan: Plan):
    assert all(step.minimum for step in plan.steps)


@every_plan
def test_what_the_machine_proves_by_cryptography_needs_the_vault_or_a_fact_of_it(plan: Plan):
    checked_by_worker = {step.key for step in plan.steps if step.needs_vault}
    assert all(Grade.CRYPTOGRAPHIC in plan.step(key).minimum for key in checked_by_worker)


@every_plan
def test_only_the_last_step_may_ask_for_two_words(plan: Plan):
    assert all(step.minimum.count(Grade.WORD) <= 1 for step in plan.steps[:-1])


@every_plan
def test_a_step_that_a_person_does_has_something_to_hand_in(plan: Plan):
    assert all(step.fields for step in plan.steps if step.actor is Actor.STAFF)


@every_plan
def test_a_choice_offers_answers_and_nothing_else_does(plan: Plan):
    for step in plan.steps:
        for field in step.fields:
            assert bool(field.choices) == (field.takes is Takes.CHOICE), (step.key, field.name)


@every_plan
def test_a_secret_is_never_an_answer_that_is_remembered(plan: Plan):
    named = {field.name for step in plan.steps for field in step.fields if field.takes is Takes.PASSPHRASE}
    assert named <= {"passphrase"}
