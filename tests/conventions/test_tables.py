"""Do the tables keep the names and ties that everybody expects?"""

from typing import Any

import pytest
from django.apps import apps
from django.db import models

TABLES = list(apps.get_app_config("renewals").get_models(include_auto_created=False))
OWN_FIELDS: list[tuple[Any, Any]] = [
    (table, field) for table in TABLES for field in table._meta.get_fields() if getattr(field, "model", None) is table
]
#: Moments and days whose name is somebody else's word: X.509's, Django's, a lease's, and an event's.
OTHER_WORDS = {"not_before", "not_after", "last_login", "date_joined", "lease_until", "at", "day"}


@pytest.mark.parametrize(("suffix", "kind"), [("_at", models.DateTimeField), ("_on", models.DateField)])
def test_moments_end_in_at_and_days_in_on(suffix, kind):
    wrong = [
        f"{table.__name__}.{field.name}"
        for table, field in OWN_FIELDS
        if type(field) is kind
        and not field.name.endswith(suffix)
        and field.name not in OTHER_WORDS
        and not field.name.endswith("_lease_until")
    ]
    assert not wrong


def test_nothing_else_ends_like_a_moment_or_a_day():
    wrong = [
        f"{table.__name__}.{field.name}"
        for table, field in OWN_FIELDS
        if field.name.endswith(("_at", "_on")) and not isinstance(field, models.DateField)
    ]
    assert not wrong


def test_every_tie_says_how_it_is_called_from_the_other_side():
    unnamed = [
        f"{table.__name__}.{field.name}"
        for table, field in OWN_FIELDS
        if field.is_relation and not field.auto_created and field.remote_field and not field.remote_field.related_name
    ]
    assert not unnamed


def test_a_guarded_table_has_no_back_door():
    guarded = {"StoredKey", "StoredSecret", "CompanyKey", "IntakeKey", "MasterKey", "AuditKey", "Event", "EventSeal"}
    doors = [
        f"{table.__name__}.{field.name}"
        for table, field in OWN_FIELDS
        if field.is_relation and not field.auto_created and field.remote_field
        if table.__name__ in guarded or field.related_model.__name__ in guarded
        if not str(field.remote_field.related_name).endswith("+")
    ]
    assert not doors


def test_keys_and_certificates_never_vanish_with_something_else():
    precious = {"Certificate", "StoredKey", "StoredSecret", "CompanyKey", "Event", "EventSeal", "Company", "Mandate"}
    wrong = [
        f"{table.__name__}.{field.name}"
        for table, field in OWN_FIELDS
        if table.__name__ in precious and isinstance(field, models.ForeignKey)
        if field.remote_field.on_delete is not models.PROTECT
    ]
    assert not wrong


def test_every_table_has_a_name_people_can_read():
    assert not [table.__name__ for table in TABLES if str(table._meta.verbose_name) == table.__name__.lower()]
