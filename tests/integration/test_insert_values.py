"""Do rows written as plain values arrive as the model would have written them?"""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from renewals.models import Notice, NoticeState, SweepRun
from renewals.models.inserting import insert_values
from tests.factories import company
from tests.watching import watched

pytestmark = pytest.mark.django_db

COLUMNS = ("certificate_id", "deadline_on", "mark", "audience", "channel", "state", "crossed_on", "created_at")

NUMBERS = ("evaluated", "due", "absorbed", "new_notices", "new_renewals", "made", "sent", "undelivered", "failed")


def row(certificate_id: int, mark: int) -> tuple[object, ...]:
    return (
        certificate_id,
        date(2026, 3, 10),
        mark,
        "responsible",
        "email",
        NoticeState.WAITING,
        date(2026, 3, 3),
        timezone.now(),
    )


def test_values_of_every_sort_are_read_back_as_they_were():
    started = datetime(2026, 3, 3, 12, 0, 0, 123456, tzinfo=UTC)
    insert_values(
        SweepRun,
        ("started_at", "finished_at", *NUMBERS, "failures"),
        [(started, None, *range(1, len(NUMBERS) + 1), [{"certificate": 7, "error": "Ñandú"}])],
    )
    found = SweepRun.objects.get()
    assert (found.started_at, found.finished_at) == (started, None)
    assert (found.evaluated, found.failed) == (1, len(NUMBERS))
    assert found.failures == [{"certificate": 7, "error": "Ñandú"}]


def test_a_row_that_is_known_already_is_left_out_where_asked():
    certificate = watched(company(), expires_on=date(2026, 3, 10))
    insert_values(Notice, COLUMNS, [row(certificate.pk, 7)])
    insert_values(Notice, COLUMNS, [row(certificate.pk, 7), row(certificate.pk, 3)], ignore_conflicts=True)
    assert set(Notice.objects.values_list("mark", "state")) == {(7, "waiting"), (3, "waiting")}


def test_a_row_that_is_known_already_is_refused_otherwise():
    certificate = watched(company(), expires_on=date(2026, 3, 10))
    insert_values(Notice, COLUMNS, [row(certificate.pk, 7)])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_values(Notice, COLUMNS, [row(certificate.pk, 7)])


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="shorter"):
        insert_values(Notice, COLUMNS, [(1, 7)])


def test_nothing_to_write_asks_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_values(Notice, COLUMNS, [])
