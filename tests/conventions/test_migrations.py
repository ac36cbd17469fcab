"""Is the history of the tables one line of steps with names a person chose?"""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader


def ours():
    loader = MigrationLoader(None)
    return loader, [migration for (app, _), migration in loader.disk_migrations.items() if app == "renewals"]


def test_there_is_one_last_step():
    loader, _ = ours()
    assert len(loader.graph.leaf_nodes("renewals")) == 1


def test_every_step_has_a_name_that_says_what_it_does():
    _, migrations = ours()
    assert migrations
    assert not [step.name for step in migrations if re.search(r"_auto_|_initial$|^\d+_alter_.*_and_more", step.name)]


@pytest.mark.django_db
def test_no_step_is_missing():
    assert connection.vendor
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
