"""Does a backup hold all that it should and nothing that it must not, and does all of it come back?"""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from renewals.desk.backup.restoring import restore
from renewals.desk.backup.tables import tables_of
from renewals.desk.backup.writing import write_archive
from renewals.models import ArchiveKind
from tests import walks
from tests.integration.backup.conftest import BACKUP

pytestmark = pytest.mark.django_db(transaction=True)


def everything() -> dict[str, list[tuple[object, ...]]]:
    every = tables_of(ArchiveKind.DATA) | tables_of(ArchiveKind.KEYS)
    return {
        name: [
            tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
            for row in table.rows.order_by("pk").values_list()
        ]
        for name, table in every.items()
    }


def test_every_row_and_file_comes_back_as_it_was(vault_keys, identity, empty_database, tmp_path):
    walk = walks.begin("npie").to("enter_idse")
    Client().force_login(walk.by)
    assert Session.objects.exists()
    now = timezone.now()
    before = everything()
    data = write_archive(kind=ArchiveKind.DATA, folder=tmp_path, by=BACKUP, now=now)
    keys = write_archive(kind=ArchiveKind.KEYS, folder=tmp_path, by=BACKUP, now=now)
    with empty_database() as files:
        restore(data=data.path, keys=keys.path, identities=[identity], files_into=files, by=BACKUP, now=now)
        after = everything()
        assert not Session.objects.exists()
    for name in before:
        assert after[name][: len(before[name])] == before[name], name
