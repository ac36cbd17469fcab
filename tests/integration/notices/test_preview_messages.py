"""Does the preview show what the rounds will make, and does it write nothing?"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from renewals.audit import Machine
from renewals.errors.previews import PreviewOfThePast, PreviewTooFar
from renewals.expiry.refreshing import refresh_deadlines
from renewals.models import Contact, Delivery, Person, Silence, SilenceKind, StandIn
from renewals.notices.preview import preview
from renewals.notices.round import sweep
from tests.factories import company
from tests.watching import at, unsaved, watched, watched_many

pytestmark = pytest.mark.django_db

#: A Tuesday on which the firm works; a Monday two weeks later is a holiday.
TODAY = date(2026, 3, 3)
NOW = at(TODAY, 6)

#: Purpose, address, and the certificates (by id) that a message newly tells.
Mail = tuple[str, str, frozenset[int]]


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def foreseen(moment: datetime) -> set[Mail]:
    found = preview(at=moment, now=NOW)
    return {(one.purpose.value, one.reader.email, frozenset(one.certificates)) for one in found.messages}


def sent_on(day: date) -> set[Mail]:
    """What a day's rounds make: at midnight and in the morning."""
    for hour in (0, 8):
        sweep(now=at(day, hour), by=Machine("sweep"))
    return {
        (
            row.purpose.partition(":")[0],
            row.address,
            frozenset(row.lines.values_list("notice__certificate", flat=True)),
        )
        for row in Delivery.objects.filter(day=day).exclude(purpose__startswith="failure")
    }


@pytest.fixture
def read_only():
    """Whatever is written inside the block fails."""

    def watch(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        assert sql.startswith(("SELECT", "SAVEPOINT", "RELEASE")), sql
        return execute(sql, params, many, context)

    return lambda: connection.execute_wrapper(watch)


def test_every_day_of_two_weeks_is_foreseen_as_it_comes(ana, beto, carla):
    Person.objects.filter(pk=beto.pk).update(lead=carla)
    ours = company(responsible=beto)
    other = company(rfc="IIA040805DZ4", name="Indistria Ilimitada", responsible=carla)
    Contact.objects.create(company=other, name="Laura", email="laura@cliente.example", gets_notices=True)
    Contact.objects.create(company=other, name="Sin correo", gets_notices=True)
    StandIn.objects.create(person=beto, stand_in=carla, from_on=in_days(6), until_on=in_days(9), by=ana)
    for days in (*range(-2, 7), 15, 17, 33):
        watched(ours if days % 2 else other, expires_on=in_days(days), kind=("npie", "efirma", "csd")[days % 3])
    watched(company(rfc="CACX7605101P8", name="Xochilt"), expires_on=in_days(12), validity=180)
    quiet = watched(ours, expires_on=in_days(20))
    Silence.objects.create(
        certificate=quiet, kind=SilenceKind.SNOOZE, reason="El cliente viaja", until_on=in_days(14), by=beto
    )
    with transaction.atomic():
        refresh_deadlines([ours.pk, other.pk], today=TODAY)
    expected = {day: foreseen(at(day, 0)) | foreseen(at(day, 8)) for day in map(in_days, range(16))}
    for day, messages in expected.items():
        assert sent_on(day) == messages, day


def test_looking_ahead_writes_nothing(ana, beto, read_only):
    watched(company(responsible=beto), expires_on=in_days(15))
    with read_only():
        found = preview(at=at(TODAY, 8), now=NOW)
        words = [found.words(one) for one in found.messages]
    assert [one.subject for one in words if one] == [
        "El despacho hoy: nada vencido ni por vencer esta semana",
        "Escuela Kemper Urgate: IMSS (NPIE) vence el miércoles 18 de marzo, en 15 días",
    ]


def test_what_was_made_already_is_not_to_come(ana, beto):
    watched(company(responsible=beto), expires_on=in_days(15))
    sweep(now=at(TODAY, 8), by=Machine("sweep"))
    assert foreseen(at(TODAY, 9)) == set()


def test_the_words_are_those_that_are_sent(ana, beto):
    watched(company(responsible=beto), expires_on=in_days(40))
    found = preview(at=at(in_days(10), 8), now=NOW)
    shown = {one.reader.email: found.words(one) for one in found.messages}
    for days in range(11):
        sweep(now=at(in_days(days), 8), by=Machine("sweep"))
    row = Delivery.objects.get(person=beto, day=in_days(10))
    words = shown[beto.email]
    assert words is not None
    assert words.subject == row.subject


def test_nobody_looks_back_or_further_than_a_year(ana):
    with pytest.raises(PreviewOfThePast):
        preview(at=at(in_days(-1)), now=NOW)
    with pytest.raises(PreviewTooFar):
        preview(at=at(in_days(367)), now=NOW)


def test_thousands_are_planned_without_a_question_for_each(ana, beto, django_assert_max_num_queries):
    ours = company(responsible=beto)
    watched_many(unsaved(ours, expires_on=in_days(15)) for _ in range(3000))
    with django_assert_max_num_queries(100):
        found = preview(at=at(TODAY, 8), now=NOW)
    assert {len(one.certificates) for one in found.messages} == {0, 3000}
