"""How are the demo firm's companies and certificates written, twenty of them or twenty thousand?

What is there already stays: an interrupted filling goes on where it stopped, and a larger number adds the rest. The key
files are made from a small pool of keys, because making a key takes a thousand times longer than everything else about
a certificate; so several demo companies share one key, which no real ones ever would.
"""

import itertools
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import transaction
from django.utils import timezone

from renewals import audit
from renewals.audit import Entry, Machine
from renewals.clients.documents import KeptDocument
from renewals.desk.demo import invented, mandates, story
from renewals.desk.demo.authorities import authority_for
from renewals.desk.demo.people import let_in_the_cast
from renewals.desk.demo.story import Key, Wanted
from renewals.errors import NotADemo
from renewals.intake.rows import Arrival, keep
from renewals.models import Assignment, Certificate, Company, Contact, Person, RegistroPatronal
from renewals.models.company import searchable
from renewals.pki.authority import Authority, as_sat_key_file, new_key
from renewals.pki.certificate import CertificateFacts, CertificateKind, read_certificate
from renewals.vault.storing import SealedPair, seal_pair, store_sealed

DEMO = Machine("demo")
#: So many companies in one transaction.
BATCH = 250
POOL = 12
VALIDITY = {
    CertificateKind.NPIE: timedelta(days=730),
    CertificateKind.EFIRMA: timedelta(days=1460),
    CertificateKind.CSD: timedelta(days=1461),
}
#: Portals stamp the hour of the request; this one falls on the same local day in every zone of the country.
HOUR_OF_EXPIRY = 17


@dataclass(frozen=True, slots=True)
class PooledKey:
    """A key of the pool, with its file locked once and for all."""

    key: RSAPrivateKey = field(repr=False)
    file: bytes = field(repr=False)
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Made:
    facts: CertificateFacts
    company: Company
    sealed: SealedPair | None


def is_a_real_firm() -> bool:
    """Whether somebody who is not of the demo firm, or a company that is not, is here."""
    return Person.objects.filter(is_demo=False).exists() or Company.objects.filter(is_demo=False).exists()


def fill(*, companies: int, now: datetime, say: Callable[[str], None]) -> int:
    """Bring the demo firm to so many companies; returns how many were new.

    Raises:
        NotADemo: a real firm works here.
        IntakeKeyAbsent: the settings pin no intake key, so no key could be sealed.
    """
    if is_a_real_firm():
        raise NotADemo
    cast = let_in_the_cast(by=DEMO)
    known = set(Company.objects.filter(is_demo=True, certificates__isnull=False).values_list("rfc", flat=True))
    missing = [(index, one) for index in range(companies) if (one := invented.company(index)).rfc not in known]
    if not missing:
        return 0
    pool, paper = _pool(), mandates.keep_paper()
    authorities = {kind: authority_for(kind, now=now) for kind in VALIDITY}
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        rows = _companies(batch, cast, paper=paper, now=now)
        made = [
            one
            for (index, plan), company in zip(batch, rows, strict=True)
            for one in _certificates(index, plan, company, authorities=authorities, pool=pool, now=now)
        ]
        _keep(made, now=now)
        if len(missing) > BATCH:
            say(f"{min(start + BATCH, len(missing))} de {len(missing)} empresas")
    return len(missing)


def _pool() -> "itertools.cycle[PooledKey]":
    keys = []
    for _ in range(POOL):
        key, passphrase = new_key(), secrets.token_urlsafe(9)
        keys.append(PooledKey(key, as_sat_key_file(key, passphrase), passphrase))
    return itertools.cycle(keys)


# --- companies ----------------------------------------------------------------------------------------------------


def _companies(
    batch: Sequence[tuple[int, invented.InventedCompany]],
    cast: dict[str, Person],
    *,
    paper: KeptDocument,
    now: datetime,
) -> list[Company]:
    """The rows of these companies; those of an interrupted filling are there already."""
    here = {one.rfc: one for one in Company.objects.filter(rfc__in=[plan.rfc for _, plan in batch])}
    new = [(index, plan) for index, plan in batch if plan.rfc not in here]
    with transaction.atomic():
        rows = Company.objects.bulk_create(_company(index, plan, cast) for index, plan in new)
        ties = list(zip(new, rows, strict=True))
        RegistroPatronal.objects.bulk_create(
            RegistroPatronal(company=row, number=number, number_10=number[:10])
            for (_, plan), row in ties
            for number in plan.registros_patronales
        )
        Contact.objects.bulk_create(
            Contact(company=row, name=plan.contact.name.title(), email=plan.mailbox) for (_, plan), row in ties
        )
        # Every third company is known to both, so that one can stand in for the other.
        Assignment.objects.bulk_create(
            Assignment(company=row, person=cast["carla" if row.responsible_id == cast["beto"].pk else "beto"])
            for (index, _), row in ties
            if index % 3 == 0
        )
        audit.record_many(
            Entry("company.created", by=DEMO, subject=row, company_id=row.pk, facts={"rfc": row.rfc, "name": row.name})
            for row in rows
        )
        allow = [(index, plan, row) for (index, plan), row in ties]
        mandates.allow(allow, paper=paper, cast=cast, now=now)
    here |= {row.rfc: row for row in rows}
    return [here[plan.rfc] for _, plan in batch]


def _company(index: int, plan: invented.InventedCompany, cast: dict[str, Person]) -> Company:
    return Company(
        rfc=plan.rfc,
        name=plan.name,
        search_name=searchable(plan.name)[:254],
        responsible=cast["beto" if index % 2 == 0 else "carla"],
        renewal_mailbox=plan.mailbox,
        is_demo=True,
    )


# --- certificates -------------------------------------------------------------------------------------------------


def _certificates(
    index: int,
    plan: invented.InventedCompany,
    company: Company,
    *,
    authorities: dict[CertificateKind, Authority],
    pool: "itertools.cycle[PooledKey]",
    now: datetime,
) -> Iterable[_Made]:
    for wanted in story.certificates_of(index):
        pooled = next(pool)
        facts = read_certificate(_issued(wanted, plan, pooled.key, authority=authorities[wanted.kind], now=now))
        yield _Made(facts, company, _sealed(wanted, company, pooled))


def _issued(
    wanted: Wanted, plan: invented.InventedCompany, key: RSAPrivateKey, *, authority: Authority, now: datetime
) -> bytes:
    last_day = timezone.localtime(now) + timedelta(days=wanted.days_left)
    not_after = last_day.replace(hour=HOUR_OF_EXPIRY, minute=29, second=secrets.randbelow(60), microsecond=0)
    representative = plan.representative
    return authority.issue(
        key.public_key(),
        kind=wanted.kind,
        rfc=plan.rfc,
        name=plan.name,
        representative_rfc=representative.rfc if representative else "",
        curp=(representative or plan.contact).curp,
        registro_patronal=_registro(wanted, plan),
        branch="Matriz" if wanted.kind is CertificateKind.CSD else "",
        email=plan.mailbox,
        not_before=not_after - VALIDITY[wanted.kind],
        not_after=not_after,
    )


def _registro(wanted: Wanted, plan: invented.InventedCompany) -> str:
    return plan.registros_patronales[wanted.registro] if wanted.kind is CertificateKind.NPIE else ""


def _sealed(wanted: Wanted, company: Company, pooled: PooledKey) -> SealedPair | None:
    if wanted.key is Key.NONE:
        return None
    passphrase = pooled.passphrase if wanted.key is Key.GOOD else "esta-no-es"
    return seal_pair(company_id=company.pk, container="private_key", data=pooled.file, passphrase=passphrase)


def _keep(made: Sequence[_Made], *, now: datetime) -> None:
    with transaction.atomic():
        arrivals = [Arrival(one.facts, one.company, with_key=one.sealed is not None) for one in made]
        rows = keep(arrivals, by=DEMO, now=now)
        pairs: list[tuple[SealedPair, Certificate]] = [
            (one.sealed, row) for one, row in zip(made, rows, strict=True) if one.sealed is not None
        ]
        store_sealed(pairs, by=DEMO)
