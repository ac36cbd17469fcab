"""Is every stage of every way out of trouble complete: words, answers, questions, papers?"""

from __future__ import annotations

import pytest

from renewals.models import WaitKind
from renewals.procedure.playbooks import PLAYBOOKS, Playbook, Stage
from renewals.procedure.steps import PLANS
from renewals.wording import playbook_stages as words
from renewals.wording.playbooks import PLAYBOOKS as TITLES

STAGES = [pytest.param(book, stage, id=f"{book.key}.{stage.key}") for book in PLAYBOOKS for stage in book.stages]


def test_every_playbook_that_a_step_names_is_in_the_table_and_worded():
    keys = {book.key for book in PLAYBOOKS}
    assert keys == set(TITLES) == {key for plan in PLANS for step in plan.steps for key in step.playbooks}


@pytest.mark.parametrize(("book", "stage"), STAGES)
def test_a_stage_asks_something_in_words_and_so_does_every_answer_and_question(book: Playbook, stage: Stage):
    assert str(words.say_screen(book.key, stage.key).question).startswith("¿")
    for way in stage.ways:
        assert words.say_way(book.key, stage.key, way.key)
    for question in stage.questions:
        assert words.say_question(question.name)
    if stage.papers:
        place, papers = words.say_papers(stage.papers)
        assert place
        assert len(papers) > 2


def test_no_words_are_left_of_a_stage_an_answer_or_a_question_that_no_playbook_has():
    stages = {(book.key, stage.key) for book in PLAYBOOKS for stage in book.stages}
    ways = {(book.key, stage.key, way.key) for book in PLAYBOOKS for stage in book.stages for way in stage.ways}
    questions = {one.name for book in PLAYBOOKS for stage in book.stages for one in stage.questions}
    assert set(words.SCREENS) == {f"{b}.{s}" if f"{b}.{s}" in words.SCREENS else s for b, s in stages}
    used = set()
    for book, stage, way in ways:
        names = (f"{book}.{stage}.{way}", f"{stage}.{way}", way)
        used.add(next(name for name in names if name in words.WAYS))
    assert set(words.WAYS) == used
    assert set(words.QUESTIONS) == questions
    assert set(words.PAPERS) == {stage.papers for book in PLAYBOOKS for stage in book.stages if stage.papers}


def test_a_playbook_waits_only_for_whom_a_renewal_can_wait():
    kinds = {way.waits for book in PLAYBOOKS for stage in book.stages for way in stage.ways if way.waits}
    assert kinds <= set(WaitKind.values)


def test_what_is_kept_of_a_stage_fits_its_column():
    assert all(len(f"{book.key}.{stage.key}") <= 40 for book in PLAYBOOKS for stage in book.stages)
