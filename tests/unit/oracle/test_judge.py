"""Can the oracle of the simulated year fail? What it must not let pass, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from tests.oracle import rules
from tests.oracle.judge import Arrived, Judge, Told
from tests.oracle.world import AtClient, Away, Client, Paper, Somebody, World

#: A Tuesday on which the firm works.
TODAY = date(2026, 3, 3)
MORNING = datetime(2026, 3, 3, 7, 30)  # noqa: DTZ001  # in the firm's zone, which the oracle is not told
DEADLINE = date(2026, 3, 10)
LINE = Told(1, DEADLINE, 7, "responsible")
LETTER = Arrived("<1@x>", "beto@x", MORNING, TODAY, "digest", frozenset({LINE}), "Empresa 1: vence en 7 días")
SUMMARY = Arrived("<2@x>", "ana@x", MORNING, TODAY, "digest", frozenset(), "Resumen")


@pytest.fixture
def world() -> World:
    """A partner, her auxiliar, his lead and one certificate of his that ends in a week, in renewal."""
    found = World()
    for name, is_partner, lead in (("ana", True, None), ("lucia", False, None), ("beto", False, "lucia")):
        found.people[name] = Somebody(name, f"{name}@x", is_partner=is_partner, lead=lead)
    found.clients[1] = Client(1, "Empresa 1", "beto")
    found.clients[2] = Client(2, "Empresa 2", "beto", contacts=[AtClient(1, "cliente@x")])
    found.add(Paper(1, 1, "npie", date(2024, 3, 10), DEADLINE, is_begun=True))
    return found


def complaints(world: World, *arrived: Arrived, at: datetime = MORNING, is_morning: bool = True) -> str:
    judge = Judge(world)
    judge.look(at, list(arrived), everything_works=True, is_morning=is_morning)
    return "\n".join(judge.complaints)


def test_what_is_right_is_not_complained_of(world):
    assert complaints(world, LETTER, SUMMARY) == ""


@pytest.mark.parametrize(
    ("letters", "complaint"),
    [
        ([SUMMARY], "nobody was told"),
        ([LETTER], "ana got no summary"),
        ([LETTER, LETTER, SUMMARY], "arrived twice"),
        ([LETTER, replace(LETTER, message_id="<3@x>"), SUMMARY], "second of its day"),
        ([LETTER, replace(SUMMARY, lines=frozenset({LINE}), text="Empresa 1")], "to the wrong reader"),
        ([replace(LETTER, lines=frozenset({LINE._replace(mark=15)})), SUMMARY], "not due"),
        ([replace(LETTER, lines=frozenset({LINE._replace(audience="lead")}), address="lucia@x"), SUMMARY], "not due"),
        ([replace(LETTER, purpose="critical:1"), SUMMARY], "wrong kind"),
        ([replace(LETTER, text="nada"), SUMMARY], "does not name"),
        ([replace(LETTER, purpose="failure:1"), SUMMARY], "has nothing to say"),
    ],
)
def test_what_is_wrong_is_complained_of(world, letters, complaint):
    assert complaint in complaints(world, *letters)


def test_the_same_line_on_another_day_is_too_much(world):
    judge = Judge(world)
    judge.look(MORNING, [LETTER, SUMMARY], everything_works=True, is_morning=True)
    again = replace(LETTER, message_id="<4@x>", day=date(2026, 3, 4))
    judge.look(MORNING.replace(day=4), [again], everything_works=False, is_morning=True)
    assert any("again" in one for one in judge.complaints)


def test_nobody_is_written_to_at_night(world):
    night = MORNING.replace(hour=5)
    assert "outside of working time" in complaints(world, replace(LETTER, at=night), at=night)


def test_what_is_silenced_or_renewed_is_not_told(world):
    world.papers[1].quiet_until = date(2026, 3, 4)
    assert "nobody is to be told" in complaints(world, LETTER, SUMMARY)
    world.papers[1].quiet_until = None
    world.papers[1].is_retired = True
    assert "nobody is to be told" in complaints(world, LETTER, SUMMARY)


def test_a_client_reads_of_no_other_company(world):
    world.add(Paper(2, 2, "npie", date(2024, 3, 10), DEADLINE, is_begun=True))
    line = Told(2, DEADLINE, 7, "client")
    letter = Arrived("<5@x>", "cliente@x", MORNING, TODAY, "client", frozenset({line}), "Empresa 2, y Empresa 1")
    assert "of 2 companies" in complaints(world, letter)


def test_what_was_told_to_somebody_whose_mail_came_back_is_missing_again(world):
    judge = Judge(world)
    judge.look(MORNING, [LETTER, SUMMARY], everything_works=True, is_morning=True)
    judge.came_back(LETTER.message_id)
    # One working day is granted: the lead has had today's message.
    for day, expected in ((4, 0), (5, 1)):
        summary = replace(SUMMARY, message_id=f"<{day}@x>", day=date(2026, 3, day))
        judge.look(MORNING.replace(day=day), [summary], everything_works=True, is_morning=True)
        assert len([one for one in judge.complaints if "nobody was told" in one]) == expected


@pytest.mark.parametrize(
    ("efirma", "deadline"),
    [
        (None, date(2026, 5, 28)),
        (date(2026, 6, 30), date(2026, 5, 28)),
        (date(2026, 5, 1), date(2026, 5, 1)),
        (date(2026, 2, 27), date(2026, 2, 27)),
        (date(2026, 2, 26), date(2026, 5, 28)),
    ],
)
def test_a_csd_waits_for_its_efirma(world, efirma, deadline):
    csd = Paper(3, 2, "csd", date(2022, 5, 31), date(2026, 5, 31))
    world.add(csd)
    if efirma is not None:
        world.add(Paper(4, 2, "efirma", date(2022, 5, 1), efirma))
    assert rules.deadline(world, csd) == deadline


def test_who_is_away_hands_on_to_their_stand_in(world):
    world.absences.append(Away("beto", "lucia", TODAY, TODAY))
    assert rules.readers(world, "responsible", world.clients[1], TODAY, dead=set()) == {"lucia@x"}
    world.people["lucia"].is_active = False
    assert rules.readers(world, "responsible", world.clients[1], TODAY, dead=set()) == {"ana@x"}


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 2), False),
        (date(2026, 3, 16), False),
        (date(2026, 9, 16), False),
        (date(2026, 11, 16), False),
        (date(2026, 11, 17), True),
        (date(2026, 11, 21), False),
    ],
)
def test_the_firm_rests_on_the_holidays_of_the_law(world, day, works):
    assert rules.is_working_day(world, day) is works
