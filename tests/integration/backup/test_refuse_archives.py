"""Is every archive that is not what it should be refused by name, with nothing brought back?"""

from __future__ import annotations

import io
import json
import tarfile

import pyrage
import pytest
from django.utils import timezone

from renewals.desk.backup import members
from renewals.desk.backup.restoring import restore
from renewals.desk.backup.sealing import identities_from
from renewals.desk.backup.tables import tables_of
from renewals.errors import (
    ArchiveDamaged,
    ArchiveForOthers,
    ArchiveNotOurs,
    ArchiveOfAnotherKind,
    ArchiveOfAnotherVersion,
    ArchiveUnreadable,
    IdentityUnreadable,
    Refusal,
)
from renewals.models import ArchiveKind, Company
from tests import factories
from tests.integration.backup.conftest import BACKUP
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


class Scene:
    """An archive of each kind, and a way to try to bring back what somebody made of them."""

    def __init__(self, archives, identity, files, folder):
        self.archives, self.identity, self.files, self.folder = archives, identity, files, folder

    def refused(self, refusal: type[Refusal], content: bytes | None = None, **changes: object) -> Refusal:
        given = dict(self.archives)
        if content is not None:
            (self.folder / "changed.age").write_bytes(content)
            given["data"] = self.folder / "changed.age"
        with pytest.raises(refusal) as caught:
            restore(
                **{**given, "identities": [self.identity], **changes},
                files_into=self.files,
                by=BACKUP,
                now=timezone.now(),
            )
        assert type(caught.value) is refusal
        every = tables_of(ArchiveKind.DATA) | tables_of(ArchiveKind.KEYS)
        left = [name for name, table in every.items() if name.startswith("renewals_") and table.rows.exists()]
        assert not left
        assert not [path for path in self.files.rglob("*") if path.is_file()]
        return caught.value

    @property
    def data(self):
        return self.archives["data"].read_bytes()

    def rewritten(self, change):
        """As whoever knows the recipients' public half could write it: what ``change`` makes of the parts."""
        with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(self.data, [self.identity]))) as archive:
            parts = [(one.name, part.read()) for one in archive if (part := archive.extractfile(one)) is not None]
        packed = b"".join(members.as_member(name, content) for name, content in change(parts)) + members.last_bytes()
        return pyrage.encrypt(packed, [self.identity.to_public()])


@pytest.fixture
def scene(vault_keys, identity, both, empty_database, tmp_path):
    for number in range(3):
        pair = make_pair()
        company = factories.company(rfc=f"XAX01010100{number}")
        factories.sealed_key(factories.certificate(company, pair), pair)
    archives = both()
    with empty_database() as files:
        yield Scene(archives, identity, files, tmp_path)


def test_damaged_truncated_and_foreign_files_are_refused_by_name(scene):
    data = scene.data
    for length in (len(data) - 1, len(data) // 2, 300):
        scene.refused(ArchiveDamaged, data[:length])
    for place in (len(data) - 1, len(data) // 2, data.index(b"\n---") + 60):
        changed = bytearray(data)
        changed[place] ^= 1
        scene.refused(ArchiveDamaged, bytes(changed))
    scene.refused(ArchiveDamaged, data + b"x")
    scene.refused(ArchiveDamaged, data[:40])
    scene.refused(ArchiveNotOurs, b"otro archivo cualquiera\n" * 100)
    scene.refused(ArchiveNotOurs, pyrage.encrypt(b"cifrado, pero otra cosa" * 100, [scene.identity.to_public()]))
    scene.refused(ArchiveForOthers, identities=[pyrage.x25519.Identity.generate()])
    scene.refused(ArchiveUnreadable, data=scene.folder / "no-hay")
    # The second archive counts as much as the first, although all rows of the first were written by then.
    keys = scene.archives["keys"]
    keys.write_bytes(keys.read_bytes()[:-1])
    scene.refused(ArchiveDamaged)


def test_an_archive_of_another_kind_or_version_is_refused_by_name(scene):
    assert scene.refused(ArchiveOfAnotherKind, data=scene.archives["keys"]).facts == {"expected": "data"}
    assert scene.refused(ArchiveOfAnotherKind, keys=scene.archives["data"]).facts == {"expected": "keys"}

    def older(parts):
        manifest = json.loads(parts[0][1])
        manifest["migrations"] = [one for one in manifest["migrations"] if not one.startswith("renewals.0002")]
        return [(parts[0][0], json.dumps(manifest).encode()), *parts[1:]]

    facts = scene.refused(ArchiveOfAnotherVersion, scene.rewritten(older)).facts
    assert facts["archive"] != ""
    assert str(facts["here"]).startswith("renewals.0")


def without(name):
    return lambda parts: [one for one in parts if one[0] != name]


def with_part(name, content):
    return lambda parts: [*parts[:-1], (name, content), parts[-1]]


@pytest.mark.parametrize(
    "change",
    [
        without("end.json"),
        without("tables/renewals_company/00000001.jsonl"),
        with_part("files/../../../tmp/fuera", b"x"),
        with_part("files//tmp/fuera", b"x"),
        with_part("tables/django_session/00000001.jsonl", b"[]\n"),
        with_part("tables/renewals_companykey/00000001.jsonl", b"[]\n"),
        with_part("tables/renewals_company/00000002.jsonl", b"[1, 2]\n"),
        with_part("tables/renewals_company/00000002.jsonl", b"no es JSON\n"),
        with_part("otra-cosa", b"x"),
        lambda parts: [*parts[:-1], ("files/a/b", b"x"), ("files/a/b", b"x"), parts[-1]],
        lambda parts: [*parts, ("mas.json", b"{}")],
        # Rows that speak of rows which are not there.
        lambda parts: [
            (name, content.replace(b'"renewals_company": 3', b'"renewals_company": 0'))
            for name, content in parts
            if name != "tables/renewals_company/00000001.jsonl"
        ],
    ],
    ids=[
        "no end", "a table is missing", "leads out", "leads to the root", "sessions", "keys among the data",
        "too few columns", "no JSON", "unknown part", "one file twice",
        "something behind the end", "rows without their company",
    ],
)  # fmt: skip
def test_a_backup_that_was_made_up_is_refused_as_damaged(scene, change):
    scene.refused(ArchiveDamaged, scene.rewritten(change))


def test_a_file_without_an_identity_is_refused(tmp_path):
    path = tmp_path / "identidad.txt"
    with pytest.raises(IdentityUnreadable):
        identities_from(path)
    for content in ("", "# nada\n", "AGE-SECRET-KEY-1MALA\n"):
        path.write_text(content)
        with pytest.raises(IdentityUnreadable):
            identities_from(path)


def test_rewriting_alone_is_not_what_is_refused(scene):
    (scene.folder / "same.age").write_bytes(scene.rewritten(lambda parts: parts))
    given = {**scene.archives, "data": scene.folder / "same.age"}
    restore(**given, identities=[scene.identity], files_into=scene.files, by=BACKUP, now=timezone.now())
    assert Company.objects.count() == 3
