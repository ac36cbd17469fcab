"""Does PostgreSQL itself refuse what a process has no business doing, and allow all that it has to do?"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.audit import Machine, record
from renewals.custody import asking, preparing
from renewals.desk import pending
from renewals.desk.database_roles import READER, ROLES, TABLES
from renewals.desk.destructions import files_of
from renewals.models import (
    Bounce,
    BounceSource,
    Certificate,
    CheckoutState,
    Company,
    Destruction,
    RenewalState,
    SweepRun,
)
from renewals.models.stored_key import CompanyKey
from renewals.notices import bounces
from renewals.notices import round as notices_round
from renewals.notices.bounces import Report
from renewals.people.leftovers import REST
from renewals.procedure.handed import Upload
from renewals.vault.exporting_history import export_history
from renewals.vault.sealing_history import seal_history
from renewals.vault.verifying_history import verify_history
from tests import factories, walks
from tests.integration.vault.kept import a_day_later
from tests.integration.vault.parting import approved, give_up, kept_pair
from tests.letters import letter
from tests.pairs import make_pair

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="roles are PostgreSQL's"),
]


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for one in statements:
            cursor.execute(one)


@contextmanager
def as_role(role: str):
    """Everything inside is done with the privileges of this process's role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        before = cursor.fetchone()[0]
    run(f'SET ROLE "vigencia_{role}"')
    try:
        yield
    finally:
        run(f'SET ROLE "{before}"')


@pytest.fixture
def roles(db, transactional_db, monkeypatch):
    """The roles with their privileges; each queue's work is done as the worker that serves it."""
    for role in (*ROLES, READER):
        run(
            f"DO $$ BEGIN CREATE ROLE vigencia_{role} NOLOGIN; EXCEPTION WHEN duplicate_object "
            f"OR unique_violation THEN NULL; END $$"
        )
    call_command("database_roles", "--apply")
    look, prepare = pending.look, preparing.prepare

    def look_as_worker(*, queue, **how):
        with as_role("vault" if queue == "vault" else "worker"):
            return look(queue=queue, **how)

    def prepare_as_vault(**how):
        with as_role("vault"):
            return prepare(**how)

    monkeypatch.setattr(pending, "look", look_as_worker)
    monkeypatch.setattr(preparing, "prepare", prepare_as_vault)


def test_a_company_is_parted_from_under_the_least_privileges(roles, vault_keys):
    company, _ = kept_pair()
    with as_role("web"):
        work = approved(give_up(company))
    pending.look(queue="vault")
    assert CompanyKey.objects.filter(company=company).exists()
    a_day_later(work)
    assert pending.look(queue="vault").done["key_works"] == 1
    with as_role("web"):
        row = Destruction.objects.get(company=company)
        assert len(files_of(row)) == 5
    assert not CompanyKey.objects.filter(company=company).exists()


@pytest.mark.parametrize("kind", ["npie", "efirma"])
def test_a_whole_renewal_is_walked_under_the_least_privileges(roles, vault_keys, kind):
    with as_role("web"):
        walk = walks.begin(kind).to_the_end()
        assert walk.renewal.state == RenewalState.DONE
        assert walk.new_certificate.predecessor_id == walk.old_certificate.pk


def test_a_refused_key_and_a_pfx_are_handled_under_the_least_privileges(roles, vault_keys):
    with as_role("web"):
        walk = walks.begin("npie").to("mouse_entropy")
        walk.hand_in(files={"key_file": walk.key_file(passphrase="otra-clave")})
        walks.run_workers()
        assert walk.row.state == "failed"
        walk.hand_in(files={"key_file": walk.key_file()})
        walks.run_workers()
        walk.to("certificate_saved")
        walk.hand_in(files={"certificate_file": Upload("nuevo.pfx", walk.new.pfx())})
        walks.run_workers()
        assert walk.to_the_end().renewal.state == RenewalState.DONE


def test_a_person_works_on_the_pages_under_the_least_privileges(roles, vault_keys, settings):
    ana = factories.person("ana", role="socio")
    pair = make_pair("npie", not_after=timezone.now() + timedelta(days=5))
    with as_role("web"):
        client = Client()
        signed_in = client.post(reverse("sign_in"), {"username": "ana", "password": factories.PASSWORD}, follow=True)
        assert signed_in.context["user"] == ana
        company = factories.company(responsible=ana)
        certificate = factories.certificate(company, pair)
        factories.sealed_key(certificate, pair)
        walks.run_workers()
        pages = ["home", "admin:index", "change_password", "mail_test", "admin:renewals_certificate_changelist"]
        for name in pages:
            assert client.get(reverse(name), follow=True).status_code == 200, name
        link = client.post(reverse("feed_make")).context["link"]
        assert company.name.encode() in Client().get(link.removeprefix(settings.PUBLIC_URL)).content
        assert client.post(reverse("sign_out"), follow=True).status_code == 200
    certificate.refresh_from_db()
    assert certificate.pair_state == "in_custody"


def test_the_worker_sweeps_and_sends_under_the_least_privileges(roles, vault_keys, settings, mailoutbox):
    ana = factories.person("ana", role="socio")
    company = factories.company(responsible=ana)
    factories.certificate(company, make_pair("npie", not_after=timezone.now() + timedelta(days=5)))
    Certificate.objects.update(next_mark_on=timezone.localdate())
    with as_role("worker"):
        notices_round.sweep(now=timezone.now(), by=Machine("sweep"))
        walks.run_workers()
        SweepRun.objects.update(failed=1, failures=[{"error": "ValueError"}])
        walks.run_workers()
    assert mailoutbox[-1].subject == "La revisión de certificados tuvo una falla"


def test_files_that_nobody_fetched_are_destroyed_under_the_least_privileges(roles, vault_keys):
    ana = factories.person("ana", role="socio")
    pair = make_pair()
    certificate = factories.certificate(factories.company(responsible=ana), pair)
    factories.sealed_key(certificate, pair)
    walks.run_workers()
    long_ago = timezone.now() - timedelta(hours=1)
    with as_role("web"):
        checkout = asking.ask(
            certificate=certificate,
            reason="Entrar a IDSE",
            person=ana,
            confirmed_at=long_ago,
            from_address=None,
            transport_key=asking.new_transport_key(),
            now=long_ago,
        )
        walks.run_workers()
        checkout.refresh_from_db()
    assert (checkout.state, checkout.sealed_transport_key) == (CheckoutState.EXPIRED, None)


def test_first_keys_are_made_under_the_least_privileges(roles, tmp_path, settings):
    settings.MASTER_KEYS_DIR = str(tmp_path / "master_keys")
    with as_role("vault"):
        call_command("vault_init")


def test_history_is_linked_sent_and_looked_at_under_the_least_privileges(roles, vault_keys, settings, mailoutbox):
    ana = factories.person("ana", role="socio")
    with as_role("web"):
        company = factories.company(responsible=ana)
        with transaction.atomic():
            record("company.changed", by=ana, subject=company, company=company)
    with as_role("vault"):
        assert seal_history(now=timezone.now()) > 0
        assert verify_history(now=timezone.now()).findings == []
    with as_role("worker"):
        notices_round.sweep(now=timezone.now(), by=Machine("sweep"))
        walks.run_workers()
        assert "vigencia: history heads" in mailoutbox[0].body
    settings.MASTER_KEYS_DIR = ""
    for role in ("web", "worker"):
        settings.PROCESS_ROLE = role
        with as_role(role):
            assert verify_history(now=timezone.now()).findings == []
    with as_role("web"):
        assert len(list(export_history(company=company, by=ana, now=timezone.now()))) > 2


_ANNOUNCED = "(work_id, at, due_at) VALUES (gen_random_uuid(), now(), now())"
_NUMBERED = "(id, at, name, actor, subject_type, subject_id) VALUES (1000000, now(), 'x', 'x', 'x', '1')"
FORBIDDEN = [
    ("web", "SELECT 1 FROM renewals_companykey"),
    ("web", "SELECT 1 FROM renewals_intakekey"),
    ("web", "SELECT intake_sealed FROM renewals_storedsecret"),
    ("web", "SELECT sealed FROM renewals_storedsecret"),
    ("web", "UPDATE renewals_storedsecret SET sealed = NULL"),
    ("web", "DELETE FROM renewals_storedsecret"),
    ("web", "DELETE FROM renewals_storedkey"),
    ("web", "UPDATE renewals_storedkey SET company_id = company_id"),
    ("web", "UPDATE renewals_storedkey SET generated_passphrase_secret_id = NULL"),
    ("web", "UPDATE renewals_storedkey SET public_key_sha256 = ''"),
    ("web", "UPDATE renewals_mandate SET kinds = '[]'"),
    ("web", "UPDATE renewals_mandate SET valid_until_on = valid_until_on"),
    ("web", "DELETE FROM renewals_certificate"),
    # The worker alone says that an address is closed.
    ("web", "UPDATE renewals_bounce SET acted_at = now()"),
    ("web", "INSERT INTO renewals_bounce (acted_at) VALUES (now())"),
    ("worker", "SELECT 1 FROM renewals_companykey"),
    ("worker", "SELECT 1 FROM renewals_intakekey"),
    ("worker", "SELECT 1 FROM renewals_storedsecret"),
    # Whoever writes a request, or reads a package, has a key: the worker does neither.
    ("worker", "SELECT package FROM renewals_checkout"),
    ("worker", "SELECT passphrase_box FROM renewals_checkout"),
    ("worker", "INSERT INTO renewals_checkout (id) VALUES (gen_random_uuid())"),
    ("worker", "UPDATE renewals_checkout SET sealed_transport_key = NULL"),
    ("worker", "SELECT session_key FROM django_session"),
    ("worker", "SELECT session_data FROM django_session"),
    ("worker", "UPDATE django_session SET expire_date = now()"),
    ("worker", "SELECT account FROM renewals_signinattempt"),
    *((role, "SELECT token_sha256 FROM renewals_feed") for role in ("worker", "vault", READER)),
    ("worker", "UPDATE renewals_person SET role = 'socio'"),
    ("vault", "SELECT 1 FROM django_session"),
    ("vault", "UPDATE renewals_person SET role = 'socio'"),
    ("vault", "DELETE FROM renewals_destruction"),
    ("vault", "UPDATE renewals_destruction SET certificate = ''"),
    ("web", "INSERT INTO renewals_destruction (id) VALUES (gen_random_uuid())"),
    ("web", "UPDATE renewals_keywork SET state = 'done'"),
    # Nobody but the vault worker says that something was announced, and nobody moves the day.
    *((role, f"INSERT INTO renewals_announcement {_ANNOUNCED}") for role in ("web", "worker")),
    *((role, "UPDATE renewals_announcement SET due_at = now()") for role in ROLES),
    *((role, "DELETE FROM renewals_announcement") for role in ROLES),
    # A dossier is written by the vault worker alone, once; the pages and the worker read it.
    *((role, "INSERT INTO renewals_dossier DEFAULT VALUES") for role in ("web", "worker")),
    *((role, "UPDATE renewals_dossier SET id = id") for role in ROLES),
    *((role, "DELETE FROM renewals_dossier") for role in ROLES),
    # Whom a client's link asks for what, and the words of a step, are said on the pages.
    ("vault", "UPDATE renewals_clientrequest SET id = id"),
    *((role, "INSERT INTO renewals_clientrequestitem DEFAULT VALUES") for role in ("worker", "vault")),
    *((role, "INSERT INTO renewals_incident DEFAULT VALUES") for role in ("worker", "vault")),
    *((role, "INSERT INTO renewals_steptext DEFAULT VALUES") for role in ("worker", "vault")),
    ("vault", "SELECT 1 FROM renewals_steptext"),
    # The second person's word is spoken on the pages.
    ("worker", "UPDATE renewals_approval SET state = 'approved'"),
    ("worker", "INSERT INTO renewals_approval (id) VALUES (gen_random_uuid())"),
    # Whoever writes backups reads what goes into one, and changes nothing.
    (READER, "SELECT 1 FROM django_session"),
    (READER, "UPDATE renewals_person SET role = 'socio'"),
    (READER, "INSERT INTO renewals_keywork (id) VALUES (gen_random_uuid())"),
    (READER, "DELETE FROM renewals_event"),
    *((role, "UPDATE renewals_event SET name = 'x'") for role in ROLES),
    *((role, "DELETE FROM renewals_event") for role in ROLES),
    *((role, "TRUNCATE renewals_event") for role in ROLES),
    # The number of an event is given by the database.
    *((role, f"INSERT INTO renewals_event {_NUMBERED}") for role in (*ROLES, READER)),
    *((role, "SELECT setval(pg_get_serial_sequence('renewals_event', 'id'), 1)") for role in ROLES),
    *((role, "UPDATE renewals_signedheads SET id = id") for role in ROLES),
    *((role, "UPDATE renewals_eventseal SET position = 1") for role in ROLES),
    *((role, f"DELETE FROM renewals_{table}") for table in ("eventseal", "signedheads") for role in ROLES),
    # Only the vault worker links and signs.
    ("web", "INSERT INTO renewals_eventseal DEFAULT VALUES"),
    ("worker", "INSERT INTO renewals_eventseal DEFAULT VALUES"),
    ("web", "INSERT INTO renewals_signedheads DEFAULT VALUES"),
    ("worker", "INSERT INTO renewals_signedheads DEFAULT VALUES"),
    *((role, "CREATE TABLE mine (id int)") for role in ROLES),
    *((role, "ALTER TABLE renewals_event DISABLE TRIGGER ALL") for role in ROLES),
    *((role, "DROP TABLE renewals_event") for role in ROLES),
    *((role, "UPDATE django_migrations SET name = 'x'") for role in ROLES),
]


@pytest.mark.parametrize(("role", "statement"), FORBIDDEN)
def test_the_database_refuses(roles, role, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), as_role(role), transaction.atomic():
        run(statement)


def test_the_web_hears_what_came_back_and_takes_a_contact_away(roles, beto):
    ours = factories.company(responsible=beto)
    contact = ours.contacts.create(name="Laura", email="laura@cliente.example", gets_notices=True)
    message = letter(None, made_at=timezone.now(), contact=contact, company=ours, attempts=1, state="sent")
    came_back = Report({message.message_id}, {message.address}, "5.1.1", True, BounceSource.WEBHOOK, "0" * 64)
    with as_role("web"):
        assert bounces.record(came_back, now=timezone.now())
        row = Bounce.objects.get()
        bounces.settle(bounce=row, by=beto, now=timezone.now())
        contact.delete()


def test_the_worker_clears_ended_sessions_that_it_cannot_read(roles):
    now = timezone.now()
    for key, expires in (("ended", now - REST * 2), ("open", now + REST)):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    with as_role("worker"):
        assert pending.look(queue="default", now=now).done["sign_in_leftovers"] == 1
    assert list(Session.objects.values_list("pk", flat=True)) == ["open"]


def test_the_web_sees_that_a_secret_is_there(roles):
    factories.company()
    with as_role("web"):
        run("SELECT id, kind FROM renewals_storedsecret")
        assert Company.objects.exists()


def test_every_table_is_granted_to_somebody_or_named_as_granted_to_nobody():
    assert set(connection.introspection.table_names()) <= set(TABLES)


def test_applying_twice_changes_nothing(roles):
    query = """SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants
               WHERE grantee LIKE 'vigencia_%%' ORDER BY 1, 2, 3"""

    def granted():
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    before = granted()
    assert before
    call_command("database_roles", "--apply")
    assert granted() == before
