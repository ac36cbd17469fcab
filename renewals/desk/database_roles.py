"""What may each kind of process do to each table of PostgreSQL? What is not granted here is refused by the database.

The tables belong to the role that migrates. Web, worker and vault worker sign in as roles of their own, so that whoever
takes over one of them meets the database's own refusal: the web can neither read a wrapped key nor rewrite history.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from renewals.desk.backup.tables import LEFT_OUT

READ = ("SELECT",)
ADD = ("SELECT", "INSERT")
CHANGE = ("SELECT", "INSERT", "UPDATE")
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
NOTHING: tuple[str, ...] = ()

#: The process roles that sign in to the database, in the order of the columns below.
ROLES = ("web", "worker", "vault")
#: The role that writes backups, where there is one: it reads, and changes nothing.
READER = "backup"
_WRITTEN_BY_READER = {"renewals_archive"}


@dataclass(frozen=True, slots=True)
class Grants:
    """The privileges of the three roles on one table."""

    web: tuple[str, ...]
    worker: tuple[str, ...]
    vault: tuple[str, ...]


_WORK = Grants(web=CHANGE, worker=CHANGE, vault=CHANGE)
_SIGN_IN = Grants(web=ALL, worker=("DELETE",), vault=NOTHING)
_DJANGO = Grants(web=READ, worker=READ, vault=READ)

#: Every table. One that is missing here is granted to nobody, and a test says so.
TABLES: Mapping[str, Grants] = {
    # Written by whoever does something, changed and deleted by nobody (see COLUMNS).
    "renewals_event": Grants(web=READ, worker=READ, vault=READ),
    # What opens keys, wrapped under the master key: for the vault alone.
    "renewals_intakekey": Grants(web=NOTHING, worker=NOTHING, vault=CHANGE),
    "renewals_companykey": Grants(web=NOTHING, worker=NOTHING, vault=ALL),
    # Which master and audit keys there are is no secret; the audit key's wrapped half is (see COLUMNS).
    "renewals_masterkey": Grants(web=READ, worker=READ, vault=CHANGE),
    "renewals_auditkey": Grants(web=NOTHING, worker=NOTHING, vault=CHANGE),
    # Asked for by people, done by the vault alone.
    "renewals_keywork": Grants(web=ADD, worker=READ, vault=CHANGE),
    "renewals_destruction": Grants(web=READ, worker=READ, vault=ADD),
    # What the vault is about to destroy, and since when it says so: nobody else can begin that day, or shorten it.
    "renewals_announcement": Grants(web=READ, worker=READ, vault=ADD),
    # The chains of history: linked and signed by the vault alone.
    "renewals_eventseal": Grants(web=READ, worker=READ, vault=ADD),
    "renewals_signedheads": Grants(web=READ, worker=READ, vault=ADD),
    # Which backups there are; written by whoever writes one.
    "renewals_archive": Grants(web=READ, worker=READ, vault=CHANGE),
    # What the vault noticed, which the worker tells (see COLUMNS).
    "renewals_alert": Grants(web=READ, worker=READ, vault=ADD),
    # The web stores what it seals; it can neither read what is sealed nor delete it (see COLUMNS).
    "renewals_storedsecret": Grants(web=("INSERT",), worker=NOTHING, vault=ALL),
    "renewals_storedkey": Grants(web=ADD, worker=READ, vault=CHANGE),
    # People and their sessions: only where they sign in. The worker clears what has ended (see COLUMNS).
    "renewals_person": Grants(web=CHANGE, worker=READ, vault=READ),
    "renewals_person_groups": _DJANGO,
    "renewals_person_user_permissions": _DJANGO,
    "renewals_signinattempt": _SIGN_IN,
    "django_session": _SIGN_IN,
    # Companies are changed by people; the workers only look.
    "renewals_company": Grants(web=CHANGE, worker=CHANGE, vault=READ),
    "renewals_assignment": Grants(web=ALL, worker=READ, vault=READ),
    "renewals_contact": Grants(web=ALL, worker=READ, vault=READ),
    "renewals_registropatronal": Grants(web=ALL, worker=READ, vault=ADD),
    # The work itself.
    "renewals_certificate": _WORK,
    "renewals_certificate_registros_patronales": Grants(web=ALL, worker=ALL, vault=ALL),
    "renewals_renewal": _WORK,
    "renewals_renewal_registros_patronales": Grants(web=ALL, worker=ALL, vault=ALL),
    "renewals_renewalstep": _WORK,
    "renewals_evidence": Grants(web=ADD, worker=ADD, vault=ADD),
    # What people allow: written by people, weighed again by the vault.
    "renewals_mandate": Grants(web=ADD, worker=READ, vault=READ),
    "renewals_approval": Grants(web=CHANGE, worker=READ, vault=CHANGE),
    "renewals_signing": Grants(web=ADD, worker=READ, vault=CHANGE),
    # Waits and incidents are said by people; the worker spreads them, and every step that moves ends its wait and
    # the way out that was being walked.
    "renewals_wait": _WORK,
    "renewals_incident": Grants(web=CHANGE, worker=READ, vault=READ),
    "renewals_playbookrun": _WORK,
    # The firm's own words, its lists of places, and the portal for practice: nothing that a worker decides by.
    "renewals_steptext": Grants(web=CHANGE, worker=READ, vault=NOTHING),
    "renewals_installation": Grants(web=CHANGE, worker=READ, vault=READ),
    "renewals_installationtick": Grants(web=ALL, worker=READ, vault=READ),
    "renewals_practiceaccount": Grants(web=CHANGE, worker=NOTHING, vault=NOTHING),
    # Links to clients: asked for and answered on pages, mailed and ended by the worker.
    "renewals_clientrequest": Grants(web=CHANGE, worker=CHANGE, vault=READ),
    "renewals_clientrequestitem": Grants(web=CHANGE, worker=READ, vault=READ),
    # The paper of a closed renewal: signed by the vault alone.
    "renewals_dossier": Grants(web=READ, worker=READ, vault=ADD),
    # A request for key files: whoever writes one can ask, and whoever reads one has the locked package.
    "renewals_checkout": Grants(web=CHANGE, worker=NOTHING, vault=CHANGE),
    "renewals_bulkjob": _WORK,
    "renewals_bulkrow": _WORK,
    "renewals_setaside": Grants(web=READ, worker=ALL, vault=ALL),
    # Who is away, which days are closed, when people want to be told and what is quiet: said by people.
    "renewals_standin": Grants(web=CHANGE, worker=READ, vault=READ),
    "renewals_calendarday": Grants(web=ALL, worker=READ, vault=READ),
    "renewals_remindermarks": Grants(web=ALL, worker=READ, vault=NOTHING),
    "renewals_silence": Grants(web=CHANGE, worker=READ, vault=NOTHING),
    # A link to a calendar: whoever could write one could read deadlines.
    "renewals_feed": Grants(web=CHANGE, worker=NOTHING, vault=NOTHING),
    # What came back: the provider tells the web, the mailbox tells the worker, who acts on it (see COLUMNS).
    "renewals_bounce": Grants(web=READ, worker=CHANGE, vault=NOTHING),
    # Notices are written and sent by the worker.
    "renewals_notice": Grants(web=READ, worker=CHANGE, vault=READ),
    "renewals_delivery": Grants(web=READ, worker=CHANGE, vault=READ),
    "renewals_deliveryline": Grants(web=READ, worker=CHANGE, vault=READ),
    "renewals_sweeprun": Grants(web=READ, worker=CHANGE, vault=READ),
    # Django's own.
    "django_content_type": _DJANGO,
    "django_migrations": _DJANGO,
    "django_admin_log": Grants(web=ADD, worker=NOTHING, vault=NOTHING),
    "auth_permission": _DJANGO,
    "auth_group": _DJANGO,
    "auth_group_permissions": _DJANGO,
}

#: All but what the worker and people say of it later.
_BOUNCE = (
    "delivery_id",
    "person_id",
    "contact_id",
    "address",
    "is_permanent",
    "status",
    "source",
    "report",
    "reported_at",
)
_PUBLIC_HALF = ("key_id", "public_key", "is_active", "created_at", "replaced_at", "succeeds", "handover")
#: All but the id: an id that a role could choose far ahead would make every insert fail when the sequence gets there.
_EVENT = {
    "INSERT": ("at", "name", "person_id", "actor", "company_id", "subject_type", "subject_id", "facts", "canonical")
}
#: Where a role may do more with some columns than with the whole table.
COLUMNS: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]] = {
    **{("renewals_event", role): _EVENT for role in (*ROLES, READER)},
    ("renewals_storedsecret", "web"): {"SELECT": ("id", "company_id", "kind", "created_at")},
    ("renewals_auditkey", "web"): {"SELECT": _PUBLIC_HALF},
    ("renewals_auditkey", "worker"): {"SELECT": _PUBLIC_HALF},
    ("renewals_alert", "worker"): {"UPDATE": ("told_at",)},
    ("renewals_alert", "vault"): {"UPDATE": ("mailed_at",)},
    # A contact who is removed leaves what they were told, and what came back, behind without them.
    ("renewals_delivery", "web"): {"UPDATE": ("contact_id",)},
    # No address is closed by the web alone.
    ("renewals_bounce", "web"): {"INSERT": _BOUNCE, "UPDATE": ("contact_id", "settled_at", "settled_by_id")},
    # What a mandate allows stays as it was registered; people confirm and end it.
    ("renewals_mandate", "web"): {
        "UPDATE": (
            "confirmed_by_id",
            "confirmed_at",
            "accepted_through_id",
            "accepted_at",
            "accepted_by",
            "revoked_by_id",
            "revoked_at",
            "revoked_because",
        ),
    },
    # Who still has files on their computer is asked by mail; the worker sees nothing of what went out.
    ("renewals_checkout", "worker"): {
        "SELECT": ("id", "company_id", "what", "state", "person_id", "taken_at", "removed_at"),
    },
    ("django_session", "worker"): {"SELECT": ("expire_date",)},
    ("renewals_signinattempt", "worker"): {"SELECT": ("failed_at",)},
    # A file is handed in for a key that was expected, and a proved key gets its certificate; whose key it is, the
    # passphrase that the vault made, and what the proof found stay as they are.
    ("renewals_storedkey", "web"): {
        "UPDATE": (
            "state",
            "certificate_id",
            "key_secret_id",
            "passphrase_secret_id",
            "file_sha256",
            "failure_code",
            "failure_facts",
            "given_up_at",
            "given_up_because",
        ),
    },
}


def statements(*, tables: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """SQL that leaves the roles with exactly these privileges, whatever they had before.

    ``tables`` are those that exist; ``names`` gives the database's name of each role of :data:`ROLES`.
    """
    everybody = ", ".join(_quoted(names[role]) for role in ROLES)
    result = [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {everybody}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {everybody}",
        f"GRANT USAGE ON SCHEMA public TO {everybody}",
    ]
    for table in sorted(tables):
        grants = TABLES.get(table)
        if grants is None:
            continue
        for role in ROLES:
            privileges: tuple[str, ...] = getattr(grants, role)
            if privileges:
                result.append(f"GRANT {', '.join(privileges)} ON {_quoted(table)} TO {_quoted(names[role])}")
            result += _on_columns(table, role, names[role])
    return result


def reading_statements(*, tables: Iterable[str], name: str) -> list[str]:
    """SQL that leaves the role which writes backups with what they take: to read every row that goes into one, and to
    put on the record that it was written."""
    role = _quoted(name)
    result = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
    ]
    for table in sorted(set(tables) - LEFT_OUT):
        privileges = "SELECT, INSERT" if table in _WRITTEN_BY_READER else "SELECT"
        result.append(f"GRANT {privileges} ON {_quoted(table)} TO {role}")
        result += _on_columns(table, READER, name)
    return result


def _on_columns(table: str, role: str, name: str) -> list[str]:
    return [
        f"GRANT {privilege} ({', '.join(_quoted(column) for column in some)}) ON {_quoted(table)} TO {_quoted(name)}"
        for privilege, some in COLUMNS.get((table, role), {}).items()
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
