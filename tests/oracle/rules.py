"""What do the rules of docs/notices.md say, one by one? Read there and nowhere else; nothing here knows the program."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.oracle.world import Client, Paper, World

STANDARD = {
    "npie": (60, 30, 15, 7, 3, 1),
    "efirma": (90, 60, 30, 15, 7, 3),
    "csd": (60, 30, 15, 7, 3),
    "unknown": (60, 30, 15, 7, 3),
}
AFTERWARDS = (0, -1, -3, -7)
AUDIENCES = ("responsible", "lead", "partners", "client")
CRITICAL = frozenset({1, 0, -1})
FIRST_HOUR, LAST_HOUR = 7, 19


# --- days -----------------------------------------------------------------------------------------------------------


def holidays(year: int) -> set[date]:
    """Article 74 of the Ley Federal del Trabajo; the change of the federal executive falls on none of our years."""
    return {
        date(year, 1, 1),
        _monday(year, 2, 1),
        _monday(year, 3, 3),
        date(year, 5, 1),
        date(year, 9, 16),
        _monday(year, 11, 3),
        date(year, 12, 25),
    }


def _monday(year: int, month: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(-first.weekday()) % 7 + 7 * (which - 1))


def is_working_day(world: World, day: date) -> bool:
    """Neither weekend nor holiday, unless the calendar of the firm says otherwise."""
    if day in world.opened:
        return True
    return day not in world.closed and day.weekday() < 5 and day not in holidays(day.year)


def is_working_time(world: World, local: datetime) -> bool:
    """Whether what is not critical may leave; ``local`` is in the firm's zone."""
    return is_working_day(world, local.date()) and FIRST_HOUR <= local.hour < LAST_HOUR


# --- the deadline and the mark --------------------------------------------------------------------------------------


def deadline(world: World, paper: Paper) -> date:
    """The last day on which the renewal can be done in the ordinary way."""
    if paper.kind == "efirma":
        return paper.expires - timedelta(days=1)
    if paper.kind != "csd":
        return paper.expires
    ordinary = paper.expires - timedelta(days=3)
    efirmas = world.efirmas_of(paper.company)
    if efirmas:
        lasts = max(one.expires for one in efirmas)
        if lasts < ordinary and ordinary - lasts <= timedelta(days=90):
            return lasts
    return ordinary


def due_mark(world: World, paper: Paper, day: date) -> int | None:
    """The most urgent mark whose day has come; none as long as the first one is ahead."""
    left = (deadline(world, paper) - day).days
    if left <= -14:
        return -7 * (-left // 7)
    company = world.clients[paper.company]
    chosen = company.marks.get(paper.kind) or world.marks.get(paper.kind) or STANDARD[paper.kind]
    validity = (paper.expires - paper.begins).days
    marks = [mark for mark in chosen if 2 * mark <= validity]
    reached = [mark for mark in (*marks, *AFTERWARDS) if left <= mark]
    return min(reached, default=None)


def opens_renewal(kind: str, mark: int) -> bool:
    """Whether this mark, or an earlier one, has opened a renewal."""
    return mark <= (60 if kind == "efirma" else 30)


def hears(audience: str, kind: str, mark: int, *, acknowledged: bool, has_client: bool) -> bool:
    """Whether the audience hears of this mark."""
    if audience == "responsible":
        return True
    if audience == "lead":
        return mark <= (3 if acknowledged else 7)
    if audience == "partners":
        return mark <= (0 if acknowledged else 1)
    return has_client and mark <= (60 if kind == "efirma" else 30)


def is_told_about(world: World, paper: Paper, day: date) -> bool:
    """Whether anybody is told about it on this day."""
    if paper.is_retired or paper.is_outshone or world.clients[paper.company].has_left:
        return False
    return paper.quiet_until is None or paper.quiet_until <= day


# --- who ------------------------------------------------------------------------------------------------------------


def readers(world: World, audience: str, company: Client, day: date, *, dead: set[str]) -> set[str]:
    """The addresses at which the audience reads, those in ``dead`` left aside."""
    if audience == "client":
        reached = {one.address for one in company.contacts if one.address and one.address not in dead}
        return reached or readers(world, "responsible", company, day, dead=dead)
    partners = {
        one.address
        for one in world.people.values()
        if one.is_partner and one.is_active and one.address and one.address not in dead
    }
    if audience == "partners":
        return partners
    if audience == "lead":
        answers = world.people.get(company.responsible or "")
        if answers is not None and answers.is_partner and answers.is_active:
            reader = _reader(world, answers.name, day, dead)
        else:
            reader = _reader(world, answers.lead if answers else None, day, dead)
            if reader == _reader(world, company.responsible, day, dead):
                return partners
        return {reader} if reader else partners
    reader = _reader(world, company.responsible, day, dead)
    if reader is None and company.responsible is not None:
        reader = _reader(world, world.people[company.responsible].lead, day, dead)
    return {reader} if reader else partners


def _reader(world: World, name: str | None, day: date, dead: set[str]) -> str | None:
    """The address of the person or of who stands in for them; a stand-in who is away passes on, twice at most."""
    seen = {name}
    for _ in range(3):
        away = next((one for one in world.absences if one.name == name and one.first <= day <= one.last), None)
        if away is None:
            break
        name = away.stand_in
        if name in seen:
            return None
        seen.add(name)
    person = world.people.get(name or "")
    if person is None or not person.is_active or not person.address or person.address in dead:
        return None
    return person.address
