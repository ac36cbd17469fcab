"""Does the database's file still hold a key that was destroyed? Run in a process of its own, on a folder of its own.

``python -m tests.services.erasing_process``: takes a key into custody, looks for it in the files of the database,
destroys it on the word of two, and looks again. Prints how often what was found: before, right after the deletion
without a checkpoint, and in the end.
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django has to be set up before its models are imported
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from renewals.audit import Machine  # noqa: E402
from renewals.models.stored_key import CompanyKey, StoredSecret  # noqa: E402
from renewals.vault.initialising import initialise  # noqa: E402
from tests.integration.vault.kept import company_with_secrets, do  # noqa: E402
from tests.integration.vault.parting import allowed, give_up  # noqa: E402


def times(*wanted: bytes) -> int:
    """How often these bytes are in the files of the database, whatever SQLite thinks of them."""
    files = [path.read_bytes() for path in settings.FIRM_HOME.glob("firm.sqlite3*")]
    return sum(content.count(one) for content in files for one in wanted)


def bodies(company_id: int) -> list[bytes]:
    """The encrypted bytes behind the headers, of the data key and of what is under it."""
    keys = [bytes(row.wrapped_key) for row in CompanyKey.objects.filter(company=company_id)]
    secrets = [bytes(row.sealed or b"") for row in StoredSecret.objects.filter(company=company_id)]
    return [one[-24:] for one in keys + secrets]


def main() -> None:
    with redirect_stdout(io.StringIO()):
        call_command("migrate", verbosity=0)
    settings.INTAKE_PUBLIC_KEY = initialise(by=Machine("test"))
    # Neighbours on the same pages, which stay.
    for number in range(5):
        company_with_secrets(100 + number)
    company = company_with_secrets(1, *(b"llave %d" % number * 40 for number in range(30)))
    for number in range(5):
        company_with_secrets(200 + number)
    wanted = bodies(company.pk)
    before = times(*wanted)
    staying = bodies(company.pk + 1)
    work = allowed(give_up(company))
    with connection.cursor() as cursor:
        # Somebody reads an older state: the log cannot be emptied, and the work is not done yet.
        cursor.execute("PRAGMA busy_timeout=100")
    reader = connection.copy()
    reader.ensure_connection()
    with reader.cursor() as cursor:
        cursor.execute("PRAGMA query_only=ON")
        cursor.execute("BEGIN")
        cursor.execute("SELECT count(*) FROM renewals_companykey")
        cursor.fetchone()
        state = do(work).state
        meanwhile = times(*wanted)
        cursor.execute("COMMIT")
    reader.close()
    done = do(work).state
    after = times(*wanted)
    there, others = before >= len(wanted), times(*staying) >= len(staying)
    sys.stdout.write(f"there {there}, {state} {meanwhile > 0}, {done} {after}, others {others}\n")


if __name__ == "__main__":
    main()
