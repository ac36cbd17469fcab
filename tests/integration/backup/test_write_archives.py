"""Is an archive written whole or not at all, of one moment, by a machine that cannot read it, in bounded memory?"""

from __future__ import annotations

import resource
import stat
import tracemalloc
from datetime import UTC, date, datetime, timedelta

import pyrage
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.audit import Entry
from renewals.desk.backup.retaining import delete_lapsed
from renewals.desk.backup.sealing import recipients
from renewals.desk.backup.snapshot import snapshot
from renewals.desk.backup.writing import write_archive
from renewals.errors import ArchiveFolderUnusable, BackupRecipientMissing, NotARecipient
from renewals.models import Archive, ArchiveKind, Company, Evidence
from tests import factories, walks
from tests.integration.backup.conftest import BACKUP

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)  # still the 23rd in Mexico City


def test_what_is_written_is_on_the_record_and_opens_for_its_readers_alone(vault_keys, identity, tmp_path):
    company = factories.company(name="Nombre que no se debe leer")
    written = write_archive(kind=ArchiveKind.DATA, folder=tmp_path, by=BACKUP, now=NOW)
    content = written.path.read_bytes()
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o600
    assert content.startswith(b"age-encryption.org/v1")
    assert company.name.encode() not in content
    assert company.name.encode() in pyrage.decrypt(content, [identity])
    archive = Archive.objects.get()
    assert (archive.name, archive.size, archive.sha256) == (written.path.name, len(content), written.archive.sha256)
    assert [event.name for event in audit.history_of(archive)] == ["backup.written"]


def test_several_people_can_read_it(settings, tmp_path):
    people = [pyrage.x25519.Identity.generate() for _ in range(2)]
    settings.BACKUP_RECIPIENTS = f" {people[0].to_public()},\n{people[1].to_public()}\n"
    written = write_archive(kind=ArchiveKind.DATA, folder=tmp_path, by=BACKUP, now=NOW)
    assert len({pyrage.decrypt(written.path.read_bytes(), [one]) for one in people}) == 1


@pytest.mark.parametrize(
    ("value", "refusal"), [("", BackupRecipientMissing), (" ,\n", BackupRecipientMissing), ("age1no", NotARecipient)]
)
def test_nothing_is_written_for_nobody(settings, tmp_path, value, refusal):
    settings.BACKUP_RECIPIENTS = value
    with pytest.raises(refusal):
        recipients()
    with pytest.raises(refusal):
        write_archive(kind=ArchiveKind.DATA, folder=tmp_path, by=BACKUP, now=NOW)
    assert not list(tmp_path.iterdir())
    assert not Archive.objects.exists()


def test_a_folder_that_is_not_there_is_refused(identity, tmp_path):
    with pytest.raises(ArchiveFolderUnusable):
        write_archive(kind=ArchiveKind.DATA, folder=tmp_path / "no-hay", by=BACKUP, now=NOW)
    assert not Archive.objects.exists()


def test_a_file_that_is_gone_is_told_of_and_stops_nothing(vault_keys, identity, tmp_path):
    walk = walks.begin("npie").to("enter_idse")
    kept = default_storage.save("evidence/queda", ContentFile(b"queda"))
    for name in ("evidence/ya-no-esta", kept):
        Evidence.objects.create(step=walk.row, grade="F", what="letter", file=name, created_at=NOW)
    written = write_archive(kind=ArchiveKind.DATA, folder=tmp_path, by=BACKUP, now=NOW)
    assert "evidence/ya-no-esta" in written.missing
    assert kept not in written.missing
    assert written.files == Evidence.objects.exclude(file="").count() - 1


def test_an_archive_that_cannot_be_finished_leaves_nothing(identity, tmp_path):
    """As on a full disk: no file may grow beyond a few blocks."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(ArchiveFolderUnusable):
            write_archive(kind=ArchiveKind.DATA, folder=tmp_path, by=BACKUP, now=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())
    assert not Archive.objects.exists()


def test_it_shows_one_moment_and_holds_up_nobody_who_writes(empty_database):
    with empty_database():
        factories.company(rfc="XAX010101001")
        with snapshot() as alias:
            factories.company(rfc="XAX010101002")
            Company.objects.filter(rfc="XAX010101001").update(name="Otro nombre")
            then = list(Company.objects.using(alias).values_list("rfc", "name"))
        assert then == [("XAX010101001", "Escuela Kemper Urgate")]
        assert Company.objects.count() == 2


def test_memory_does_not_grow_with_what_is_kept(identity, empty_database, tmp_path):
    with empty_database():
        company = factories.company()
        for _ in range(8):
            # About 25 MB of rows altogether, which compress to nothing and are read row by row.
            with transaction.atomic():
                audit.record_many(
                    Entry("company.changed", BACKUP, company, company.pk, {"text": "x" * 30_000}) for _ in range(100)
                )
        tracemalloc.start()
        try:
            written = write_archive(kind=ArchiveKind.DATA, folder=tmp_path, by=BACKUP, now=NOW)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert written.archive.size > 24_000_000
        assert peak < 20_000_000


def test_archives_of_keys_are_deleted_on_their_day_and_nothing_else_is(identity, settings, tmp_path):
    settings.KEY_ARCHIVE_DAYS = 30
    written = write_archive(kind=ArchiveKind.KEYS, folder=tmp_path, by=BACKUP, now=NOW)
    data = write_archive(kind=ArchiveKind.DATA, folder=tmp_path, by=BACKUP, now=NOW)
    (tmp_path / "otra-cosa.age").write_bytes(b"de otro")
    assert written.archive.lapses_on == date(2026, 12, 23)
    # A longer retention of later archives does not prolong what was promised for this one.
    settings.KEY_ARCHIVE_DAYS = 90
    assert delete_lapsed(folder=tmp_path, by=BACKUP, now=NOW + timedelta(days=29)) == []
    assert delete_lapsed(folder=tmp_path, by=BACKUP, now=NOW + timedelta(days=30)) == [written.path.name]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["otra-cosa.age", data.path.name]
    assert next(event.name for event in audit.history_of(written.archive)) == "backup.keys_deleted"
    assert timezone.localdate(NOW) == date(2026, 11, 23)


def test_partners_see_in_red_that_an_archive_of_keys_outlives_its_day(identity, settings, tmp_path, ana, client):
    settings.KEY_ARCHIVE_DAYS = 30
    made = timezone.now() - timedelta(days=31)
    write_archive(kind=ArchiveKind.KEYS, folder=tmp_path, by=BACKUP, now=made)
    client.force_login(ana)
    page = reverse("admin:renewals_archive_changelist")
    assert "Debió borrarse el" in client.get(page).text
    assert len(delete_lapsed(folder=tmp_path, by=BACKUP, now=timezone.now())) == 1
    # And the one that is still in its time says when it ends, in no colour.
    write_archive(kind=ArchiveKind.KEYS, folder=tmp_path, by=BACKUP, now=timezone.now())
    assert "Debió borrarse el" not in client.get(page).text
