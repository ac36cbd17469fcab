"""What do the tests of backups share: who may read them, how they are written, and a database to come back to."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyrage
import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.db.utils import ConnectionHandler
from django.utils import timezone

from renewals.audit import Machine
from renewals.desk.backup.scratch import instead_of_ours
from renewals.desk.backup.writing import write_archive
from renewals.models import ArchiveKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BACKUP = Machine("backup")
#: Names of databases beside the tests' own, on PostgreSQL.
MIGRATED, RESTORED, SCRATCH = "backup_migrated", "backup_restored", "backup_scratch"


@pytest.fixture
def identity(settings) -> Any:
    """Somebody who may read backups."""
    made = pyrage.x25519.Identity.generate()
    settings.BACKUP_RECIPIENTS = str(made.to_public())
    return made


@pytest.fixture
def both(identity, tmp_path) -> Callable[[], dict[str, Path]]:
    """Call it to write a data backup and a key archive, as they stand at this moment."""

    def write() -> dict[str, Path]:
        now = timezone.now()
        return {
            kind.value: write_archive(kind=kind, folder=tmp_path, by=BACKUP, now=now).path
            for kind in (ArchiveKind.DATA, ArchiveKind.KEYS)
        }

    return write


@pytest.fixture(scope="session")
def migrated(django_db_setup, django_db_blocker, tmp_path_factory) -> dict[str, Any]:
    """The settings of a database of the same make as the tests' own, migrated once and copied for each test."""
    with django_db_blocker.unblock():
        database = _beside(MIGRATED, tmp_path_factory.mktemp("migrated"))
        with instead_of_ours(database):
            call_command("migrate", interactive=False, verbosity=0)
    return database


@pytest.fixture
def empty_database(migrated, tmp_path) -> Any:
    """A context in which the database is another one, with empty tables; gives a folder for its files."""

    @contextmanager
    def empty() -> Iterator[Path]:
        if connection.vendor == "sqlite":
            copy = {**migrated, "NAME": str(tmp_path / "restored.sqlite3")}
            shutil.copy(migrated["NAME"], copy["NAME"])
        else:
            copy = _beside(RESTORED, tmp_path, template=MIGRATED)
        with instead_of_ours(copy):
            yield tmp_path / "files"

    return empty


@pytest.fixture
def empty_scratch(tmp_path) -> dict[str, Any] | None:
    """The value of ``DRILL_DATABASE`` that leads a drill to the make of database that the tests run on."""
    return None if connection.vendor == "sqlite" else _beside(SCRATCH, tmp_path)


def _beside(name: str, folder: Path, *, template: str = "template1") -> dict[str, Any]:
    if connection.vendor == "sqlite":
        options = {**django_settings.SQLITE_OPTIONS}
        return {"ENGINE": connection.settings_dict["ENGINE"], "NAME": str(folder / "one.sqlite3"), "OPTIONS": options}
    server = {key: connection.settings_dict[key] for key in ("ENGINE", "HOST", "PORT", "USER", "PASSWORD", "OPTIONS")}
    maker = ConnectionHandler({"default": {**server, "NAME": "postgres"}})["default"]
    name = f"{connection.settings_dict['NAME']}_{name}"
    if template != "template1":
        template = f"{connection.settings_dict['NAME']}_{template}"
    try:
        with maker.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    finally:
        maker.close()
    return {**server, "NAME": name}
