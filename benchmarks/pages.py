"""Does a page cost the same whether the firm keeps a hundred certificates or sixty thousand?

Two firms in two SQLite databases, filled by the same rule: four certificates a company, spread over four years, one in
fifty expired, of what ends within a month half in renewal. Ana sees everything; Beto answers for every second company
of the small firm and for one in twenty of the large one, and stands in for a colleague who has as many there: together
1,500, and every number goes through the list of them. Both lists fill a page in both firms, so that the same number of
rows is drawn. Each page is asked of both firms in turn, through the whole stack.
"""

import sys
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connections, router, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import program
from benchmarks.ratio import ratio
from renewals.models import (
    Certificate,
    Company,
    PairState,
    Person,
    Renewal,
    RenewalState,
    RenewalStep,
    Role,
    StandIn,
    StepState,
    SweepRun,
)

FIRMS = {"default": 100, "large": 60_000}
#: One in so many companies is Beto's.
BETOS = {100: 2, 60_000: 20}
EACH = 4
PROMISE = 1.5
ROUNDS = 20
PAGES = {
    "dashboard": "/admin/",
    "certificates": "/admin/renewals/certificate/",
    "certificates, last to end first": "/admin/renewals/certificate/?o=-5",
}
KINDS = ("npie", "efirma", "csd", "csd")
STEPS = ("obtain", "take_in", "confirm")


class FirmAsked:
    """A database router: everything goes to the firm that is asked right now."""

    alias = "default"

    def db_for_read(self, model: type, **hints: object) -> str:
        """The firm that is asked."""
        return self.alias

    def db_for_write(self, model: type, **hints: object) -> str:
        """The firm that is asked."""
        return self.alias


def main() -> int:
    """Print every ratio beside the promise; 1 if one is broken or a page asks more of the large firm."""
    asked = FirmAsked()
    _open_both(asked)
    kept = [
        _page(asked, who=who, name=name, address=address) for name, address in PAGES.items() for who in ("ana", "beto")
    ]
    return 0 if all(kept) else 1


def _page(asked: FirmAsked, *, who: str, name: str, address: str) -> bool:
    ask = {alias: _asker(asked, alias, who, address) for alias in FIRMS}
    queries = {alias: _queries(alias, call) for alias, call in ask.items()}
    grown = ratio(ask["large"], ask["default"], rounds=ROUNDS, clock=time.thread_time)
    print(
        f"{name}, {who}: {grown:.2f} times as long with {FIRMS['large']:,} certificates as with {FIRMS['default']} "
        f"(promise: at most {PROMISE}), queries {queries['default']} and {queries['large']} (promise: the same)"
    )
    return grown <= PROMISE and len(set(queries.values())) == 1


def _asker(asked: FirmAsked, alias: str, who: str, address: str) -> Callable[[], None]:
    asked.alias = alias
    client = Client(SERVER_NAME="localhost")
    client.force_login(Person.objects.get(username=who))

    def ask() -> None:
        asked.alias = alias
        if client.get(address).status_code != 200:
            raise AssertionError(address)

    return ask


def _queries(alias: str, call: Callable[[], None]) -> int:
    call()
    with CaptureQueriesContext(connections[alias]) as captured:
        call()
    return len(captured)


def _open_both(asked: FirmAsked) -> None:
    small = connections.databases["default"]
    connections.databases["large"] = {**small, "NAME": f"{small['NAME']}.large"}
    router.routers = [asked]
    for alias, certificates in FIRMS.items():
        asked.alias = alias
        program.empty_database(alias)
        with transaction.atomic(using=alias):
            _fill(certificates)
        with connections[alias].cursor() as cursor:
            cursor.execute("ANALYZE")


def _fill(certificates: int) -> None:
    Person.objects.create(username="ana", role=Role.PARTNER, first_name="Ana")
    beto = Person.objects.create(username="beto", role=Role.STAFF, first_name="Beto")
    others = [Person.objects.create(username=f"auxiliar{n}", role=Role.STAFF) for n in range(20)]
    Company.objects.bulk_create(
        Company(
            pk=number,
            rfc=f"AAA{number:06}AA{number % 10}",
            name=f"Empresa {number}",
            search_name=f"EMPRESA {number}",
            responsible=beto if number % BETOS[certificates] == 1 else others[number % 20],
        )
        for number in range(1, certificates // EACH + 1)
    )
    today = timezone.localdate()
    # Tomorrow too: the pages may be asked after midnight.
    tomorrow = today + timedelta(days=1)
    StandIn.objects.create(person=others[0], stand_in=beto, from_on=today, until_on=tomorrow, by=beto)
    rows = [_certificate(number, certificates) for number in range(certificates)]
    Certificate.objects.bulk_create(rows, batch_size=2_000)
    month = timezone.localdate() + timedelta(days=30)
    soon = [row for row in rows if row.expires_on <= month]
    _renew(soon[::2])
    now = timezone.now()
    SweepRun.objects.create(started_at=now, finished_at=now)


def _certificate(number: int, of: int) -> Certificate:
    # A spread without chance: a step that shares no factor with the number of days visits all of them alike.
    days = number * 487 % 1_460 if number % 50 else -1 - number % 60
    now = timezone.now()
    company = number % (of // EACH) + 1
    place = number * EACH // of
    kind = KINDS[place]
    return Certificate(
        pk=number + 1,
        company_id=company,
        kind=kind,
        scope=f"Y{company:09}" if kind == "npie" else ("Sucursal" if place == EACH - 1 else ""),
        serial=f"30001000000{number:09}",
        rfc=f"AAA{company:06}AA{company % 10}",
        not_before=now,
        not_after=now + timedelta(days=days),
        expires_on=timezone.localdate() + timedelta(days=days),
        deadline_on=timezone.localdate() + timedelta(days=days),
        key_bits=2048,
        sha256=f"{number:064}",
        public_key_sha256=f"{number:064}",
        # As large as a real one: lists must not read it.
        der=b"\x30" * 1_500,
        pair_state=PairState.IN_CUSTODY if number % 20 else PairState.NO_KEY,
    )


def _renew(certificates: list[Certificate]) -> None:
    renewals = Renewal.objects.bulk_create(
        (
            Renewal(
                company_id=one.company_id,
                certificate=one,
                plan="general",
                edition=1,
                state=RenewalState.OPEN,
                current_step=STEPS[0],
            )
            for one in certificates
        ),
        batch_size=2_000,
    )
    RenewalStep.objects.bulk_create(
        (
            RenewalStep(
                renewal=renewal,
                key=key,
                position=position,
                state=StepState.WAITING if position == 1 and renewal.pk % 3 == 0 else StepState.PENDING,
            )
            for renewal in renewals
            for position, key in enumerate(STEPS, start=1)
        ),
        batch_size=2_000,
    )


if __name__ == "__main__":
    sys.exit(main())
