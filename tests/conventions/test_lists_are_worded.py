"""Do the lists of the desk call everything by a Spanish name, and never by the name of a column?"""

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist

from renewals.desk import bulk, pending
from renewals.wording.bulk import ACTIONS
from renewals.wording.history import JOBS, SUBJECTS

#: The same word in both languages.
SAME = {"error"}


def shown_fields():
    for model, model_admin in admin.site._registry.items():
        for name in {*model_admin.list_display, *(model_admin.fields or ()), *model_admin.list_filter}:
            try:
                yield model, model._meta.get_field(name)
            except (FieldDoesNotExist, TypeError, AttributeError):
                continue


def test_every_column_that_is_shown_has_a_name_of_its_own():
    fields = list(shown_fields())
    assert len(fields) > 20
    unnamed = [
        f"{model.__name__}.{field.name}"
        for model, field in fields
        if str(field.verbose_name) == field.name.replace("_", " ") and field.name not in SAME
    ]
    assert not unnamed


def test_every_kind_of_work_has_words():
    assert {job.name for job in pending.JOBS} == set(JOBS)


def test_every_bulk_action_has_words():
    assert set(ACTIONS) == {bulk.QUEUE_RENEWALS}


@pytest.mark.parametrize("model", ["bulkjob", "certificate", "checkout", "company", "delivery", "person", "renewal"])
def test_what_the_history_tells_of_has_words(model):
    assert model in SUBJECTS
