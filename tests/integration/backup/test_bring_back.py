"""Does a backup hold all that it should and nothing that it must not, and does all of it come back?"""

from __future__ import annotations

import base64
import io
import json
import tarfile
from datetime import timedelta

import pyrage
import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals import audit
from renewals.approvals import asking as approvals
from renewals.approvals import deciding
from renewals.desk.backup.restoring import restore
from renewals.desk.backup.tables import LEFT_OUT, tables_of
from renewals.errors import DatabaseNotEmpty, FileInTheWay
from renewals.models import (
    Approval,
    ApprovalKind,
    ApprovalState,
    Archive,
    ArchiveKind,
    Certificate,
    Checkout,
    CheckoutState,
    ClientRequest,
    Company,
    Evidence,
    PairState,
    RequestState,
)
from renewals.models.stored_key import AuditKey, StoredSecret
from renewals.vault import audit_key, proving
from tests import factories, walks
from tests.integration.backup.conftest import BACKUP
from tests.pairs import make_pair

pytestmark = pytest.mark.django_db(transaction=True)


def everything() -> dict[str, list[tuple[object, ...]]]:
    every = tables_of(ArchiveKind.KEYS) | tables_of(ArchiveKind.DATA)
    return {
        name: [
            tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
            for row in table.rows.order_by("pk").values_list()
        ]
        for name, table in every.items()
    }


def inside(path, identity) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(path.read_bytes(), [identity])))


def test_every_row_and_file_comes_back_as_it_was_and_the_pairs_open(vault_keys, identity, empty_database, both):
    walk = walks.begin("npie").to("enter_idse")
    letter = default_storage.save("evidence/carta", ContentFile(b"una carta " * 100_000))
    Evidence.objects.create(
        step=walk.row, grade="F", what="letter", file=letter, facts={"ñ": ["é", None, 1]}, created_at=timezone.now()
    )
    # Two rows may speak of one file.
    Evidence.objects.create(step=walk.row, grade="F", what="letter", file=letter, created_at=timezone.now())
    before = everything()
    told = len(list(audit.history_of(walk.old_certificate)))
    archives = both()
    assert Archive.objects.count() == 2
    with empty_database() as files:
        restored = restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        after = everything()
        assert (files / letter).read_bytes() == b"una carta " * 100_000
        open_to_others = [path for path in (files, *files.rglob("*")) if path.stat().st_mode & 0o077]
        assert not open_to_others
        certificate = Certificate.objects.get(pk=walk.old_certificate.pk)
        assert len(list(audit.history_of(certificate))) == told
        proving.prove_certificate_pair(certificate=certificate, by=BACKUP, reason="drill")
        # Numbers go on where they were.
        assert factories.company(rfc="XAXX010101000").pk > walk.renewal.company_id
        with pytest.raises(DatabaseNotEmpty):
            restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
    assert restored.companies_without_key == 0
    # The record of the restore itself comes on top, and nothing else differs.
    for name, rows in before.items():
        new = {"renewals_archive": 1, "renewals_event": 1}.get(name, 0)
        assert len(after[name]) == len(rows) + new, name
        assert [row for row in after[name] if row in rows] == rows, name


def test_what_stood_open_is_in_no_backup_and_closed_when_it_comes_back(
    vault_keys, identity, empty_database, both, ana, beto, work
):
    pair = make_pair()
    company = factories.company(responsible=beto)
    factories.sealed_key(factories.certificate(company, pair), pair)
    work()
    client = Client()
    client.force_login(beto)
    session = client.session
    session["confirmed_at"] = timezone.now().isoformat()
    session.save()
    certificate = Certificate.objects.get()
    client.post(f"{reverse('checkout_ask')}?certificado={certificate.pk}", {"reason": "Entrar a IDSE"})
    work()
    checkout = Checkout.objects.get()
    assert checkout.state == CheckoutState.READY
    now = timezone.now()
    approval = approvals.ask(
        kind=ApprovalKind.RETIRE_MASTER_KEY, facts={"key": "mk-1"}, reason="prueba", by=ana, confirmed_at=now, now=now
    )
    dora = factories.person("dora", role="socio")
    deciding.approve(approval=approval, by=dora, confirmed_at=now, now=now + timedelta(seconds=1))

    link = factories.client_request(company)

    archives = both()

    with inside(archives["data"], identity) as archive:
        names = archive.getnames()
        content = b"".join(member.read() for name in names if (member := archive.extractfile(name)) is not None)
    assert not [name for name in names for table in LEFT_OUT if table in name]
    assert session.session_key is not None
    assert session.session_key.encode() not in content
    with empty_database() as files:
        restored = restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        assert not Session.objects.exists()
        back = Checkout.objects.get(pk=checkout.pk)
        assert back.state == CheckoutState.EXPIRED
        assert (back.package, back.passphrase_box, back.sealed_transport_key) == (None, None, None)
        assert Approval.objects.get(pk=approval.pk).state == ApprovalState.EXPIRED
        closed = {event.name for event in audit.history_of(back)}
        assert "checkout.lapsed" in closed
        assert ClientRequest.objects.get(pk=link.pk).state == RequestState.WITHDRAWN
    assert (restored.closed_checkouts, restored.closed_approvals, restored.closed_client_requests) == (1, 1, 1)


def test_neither_archive_holds_what_is_in_the_other(vault_keys, identity, both):
    pair = make_pair()
    factories.sealed_key(factories.certificate(factories.company(), pair), pair)
    walks.run_workers()
    archives = both()
    tables = {}
    for kind, path in archives.items():
        with inside(path, identity) as archive:
            first = archive.extractfile("manifest.json")
            assert first is not None
            tables[kind] = set(json.load(first)["tables"])
            rows = {name.split("/")[1] for name in archive.getnames() if name.startswith("tables/")}
            assert ("renewals_companykey" in rows) == (kind == "keys")
            assert ("renewals_intakekey" in rows) == (kind == "keys")
            assert ("renewals_storedkey" in rows) == (kind == "data")
    # Of the last two each archive has a half of its own.
    assert tables["data"] & tables["keys"] == {"renewals_destruction", "renewals_auditkey", "renewals_storedsecret"}


def test_what_is_sealed_to_the_intake_key_lies_beside_the_keys_alone_and_comes_back(
    vault_keys, identity, empty_database, both
):
    pair = make_pair("efirma")
    certificate = factories.certificate(factories.company(), pair)
    factories.sealed_key(certificate, pair)
    sealed = {row.pk: bytes(row.intake_sealed or b"") for row in StoredSecret.objects.all()}
    assert all(sealed.values())
    archives = both()
    for kind, path in archives.items():
        content = pyrage.decrypt(path.read_bytes(), [identity])
        assert [base64.b64encode(one) in content for one in sealed.values()] == [kind == "keys"] * len(sealed)
    with empty_database() as files:
        restored = restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        walks.run_workers()
        proving.prove_certificate_pair(certificate=certificate, by=BACKUP, reason="drill")
    assert restored.companies_without_key == 0


def test_what_waited_and_was_taken_before_the_keys_were_archived_is_refused_and_told(
    vault_keys, identity, empty_database, both
):
    pair = make_pair("efirma")
    certificate = factories.certificate(factories.company(), pair)
    factories.sealed_key(certificate, pair)
    data = both()["data"]
    walks.run_workers()
    keys = both()["keys"]
    with empty_database() as files:
        restored = restore(data=data, keys=keys, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        walks.run_workers()
        assert Certificate.objects.get(pk=certificate.pk).pair_state == PairState.FAILED
    assert restored.without_key == [certificate.company.rfc]


def test_the_public_halves_of_audit_keys_come_with_the_data_and_the_private_one_with_the_keys(
    vault_keys, identity, empty_database, both
):
    audit_key.rotate_audit_key(by=BACKUP, now=timezone.now())
    active = AuditKey.objects.get(is_active=True)
    archives = both()
    private = base64.b64encode(bytes(active.wrapped_private_key))
    assert private not in pyrage.decrypt(archives["data"].read_bytes(), [identity])
    public = {key.key_id for key in audit_key.public_keys()}
    with empty_database() as files:
        restore(
            data=archives["data"], keys=None, identities=[identity], files_into=files, by=BACKUP, now=timezone.now()
        )
        assert {key.key_id for key in audit_key.public_keys()} == public
        # None of them can sign here, so the vault makes one that can.
        assert audit_key.sign(b"algo").key_id not in public


def test_data_come_back_without_keys_where_that_is_asked_for(vault_keys, identity, empty_database, both):
    pair = make_pair()
    certificate = factories.certificate(factories.company(), pair)
    factories.sealed_key(certificate, pair)
    walks.run_workers()
    archives = both()
    with empty_database() as files:
        restored = restore(
            data=archives["data"], keys=None, identities=[identity], files_into=files, by=BACKUP, now=timezone.now()
        )
        assert Company.objects.count() == 1
        assert restored.companies_without_key == 1


def test_a_file_that_is_in_the_way_stays_and_stops_everything(vault_keys, identity, empty_database, both):
    walk = walks.begin("npie").to("enter_idse")
    for name in ("evidence/una", "evidence/otra"):
        kept = default_storage.save(name, ContentFile(name.encode()))
        Evidence.objects.create(step=walk.row, grade="F", what="letter", file=kept, created_at=timezone.now())
    archives = both()
    with empty_database() as files:
        last = files / kept
        last.parent.mkdir(parents=True)
        last.write_bytes(b"de otro")
        with pytest.raises(FileInTheWay):
            restore(**archives, identities=[identity], files_into=files, by=BACKUP, now=timezone.now())
        assert not Company.objects.exists()
        assert [path.name for path in files.rglob("*") if path.is_file()] == [last.name]
        assert last.read_bytes() == b"de otro"
