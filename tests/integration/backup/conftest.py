"""What do the tests of backups share: a firm with everything in it, a recipient, and a database to come back to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyrage
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.utils import ConnectionHandler

from renewals.audit import Machine
from renewals.desk.backup.scratch import scratch_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BACKUP = Machine("backup")


@pytest.fixture
def identity(settings):
    """Somebody who may read backups."""
    made = pyrage.x25519.Identity.generate()
    settings.BACKUP_RECIPIENTS = str(made.to_public())
    return made


@pytest.fixture
def empty_database(settings):
    """A context in which the database is another one, empty, of the same make as the tests' own."""

    @contextmanager
    def empty() -> Iterator[Path]:
        if connection.vendor == "sqlite":
            settings.DRILL_DATABASE = None
            with scratch_database() as folder:
                yield folder
            return
        name = "drill_of_a_test"
        server = dict(django_settings.DATABASES["default"])
        maker = ConnectionHandler({"default": {**server, "NAME": "postgres"}})["default"]
        try:
            with maker.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {name}")
                cursor.execute(f"CREATE DATABASE {name}")
            settings.DRILL_DATABASE = {**server, "NAME": name}
            with scratch_database() as folder:
                yield folder
            with maker.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")
        finally:
            maker.close()

    return empty
