"""Is a drill green where everything comes back, red where not, and does it leave the firm's own database alone?"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from renewals import audit
from renewals.audit import Machine
from renewals.desk.backup.drilling import drill
from renewals.errors import DatabaseNotEmpty, MasterKeyAbsent, NothingToDrill
from renewals.models import Archive, Certificate
from renewals.vault import key_works, rekeying
from tests import factories, walks
from tests.integration.backup.conftest import BACKUP
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process drills at the same moment is none of these tests' business."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))


def in_custody(rfc: str) -> Certificate:
    pair = make_pair()
    certificate = factories.certificate(factories.company(rfc=rfc), pair)
    factories.sealed_key(certificate, pair)
    walks.run_workers()
    return certificate


def run(archives, identity, **changes):
    given = {**archives, "identities": [identity], "sample": 20, "by": BACKUP, "now": timezone.now(), **changes}
    return drill(**given)


def leftovers() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("vigencia-drill-*"))


@pytest.fixture
def scratch(settings, empty_scratch):
    settings.DRILL_DATABASE = empty_scratch


def test_a_drill_is_green_only_if_every_pair_of_the_sample_opens(vault_keys, identity, both, scratch, tmp_path):
    in_custody("XAX010101001")
    early_keys = both()["keys"]
    late = in_custody("XAX010101002")
    archives = both()
    before, there = Certificate.objects.count(), leftovers()

    green = run(archives, identity)
    assert (green.is_green, green.opened, green.failures) == (True, 2, {})
    proved = set(Archive.objects.exclude(proved_at=None).values_list("name", flat=True))
    assert proved == {path.name for path in archives.values()}

    data = Archive.objects.get(name=archives["data"].name)
    # An archive of another machine has no row here, and needs none.
    Archive.objects.all().delete()
    # The keys of the day before: the company that came later has none in them.
    red = run(archives, identity, keys=early_keys)
    assert not red.is_green
    assert list(red.failures) == [late.pk]
    assert red.restored.companies_without_key == 1

    assert Certificate.objects.count() == before
    assert leftovers() == there
    names = [event.name for event in audit.history_of(data)]
    assert names[:2] == ["backup.drill_failed", "backup.drill_passed"]


def test_a_drill_is_red_where_a_company_was_rekeyed_between_the_two_archives_whatever_the_sample(
    vault_keys, identity, both, scratch, monkeypatch
):
    rekeyed, other = in_custody("XAX010101001"), in_custody("XAX010101002")
    data = both()["data"]
    work = rekeying.ask_rekey(company=rekeyed.company, by=Machine("shell"), confirmed_at=None, now=timezone.now())
    key_works.do(work_id=work.pk, now=timezone.now())
    keys = both()["keys"]
    # Chance chooses the pair that opens.
    monkeypatch.setattr(random.SystemRandom, "sample", lambda _self, _keys, _size: [other.pk])
    red = run({"data": data, "keys": keys}, identity, sample=1)
    assert (red.is_green, red.opened, red.failures) == (False, 1, {})
    assert red.restored.without_key == [rekeyed.company.rfc]


def test_what_cannot_be_drilled_is_refused_by_name_and_leaves_nothing(
    vault_keys, identity, both, scratch, settings, tmp_path
):
    there = leftovers()
    empty = both()
    with pytest.raises(NothingToDrill):
        run(empty, identity)
    settings.PROCESS_ROLE = "web"
    with pytest.raises(MasterKeyAbsent):
        run(empty, identity)
    assert leftovers() == there


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite the scratch is always new")
def test_a_scratch_database_that_holds_something_is_refused_and_stays(vault_keys, identity, both, settings):
    settings.DRILL_DATABASE = {**connection.settings_dict}
    in_custody("XAX010101001")
    archives = both()
    with pytest.raises(DatabaseNotEmpty):
        run(archives, identity)
    assert Certificate.objects.exists()
