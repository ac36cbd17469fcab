"""How is a client company taken on, and how do its data change?"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from renewals import audit
from renewals.access import Right, require
from renewals.audit import Actor
from renewals.clients import registros
from renewals.errors import (
    CannotBeResponsible,
    CompanyChanged,
    CompanyExists,
    CompanyNameMissing,
    Fact,
    NotAnRfc,
    RfcIsInUse,
)
from renewals.models import Assignment, Company, Contact, Person, Region
from renewals.models.company import searchable
from renewals.pki.identifiers import is_rfc, normalise_rfc


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """Somebody at the client; ``email`` and ``phone`` may be empty.

    ``gets_notices``: reminders about the company are sent to them, too.
    """

    name: str
    email: str = ""
    phone: str = ""
    gets_notices: bool = False


def create_company(
    *,
    rfc: str,
    name: str,
    by: Actor,
    responsible: Person | None = None,
    contacts: Sequence[ContactFacts] = (),
    registros_patronales: Sequence[str] = (),
    renewal_mailbox: str = "",
    region: str = "",
) -> Company:
    """Take on a company; staff who do so are assigned to it.

    An RFC whose check digit does not match is taken: issued ones exist (``pki.identifiers.rfc_warnings`` tells).

    Raises:
        NotPermitted: the person only looks.
        NotAnRfc, CompanyNameMissing, CompanyExists, CannotBeResponsible: as they say.
        NotARegistroPatronal, RegistroPatronalTaken: one of the numbers is refused; nothing is kept.
    """
    require_work(by)
    company = Company(
        rfc=valid_rfc(rfc),
        name=_valid_name(name),
        search_name=searchable(name)[:254],
        responsible=_able(responsible),
        renewal_mailbox=renewal_mailbox,
        region=_valid_region(region),
    )
    numbers = registros.valid_numbers(registros_patronales)
    with transaction.atomic():
        _insert(company)
        registros.keep_exactly(company=company, numbers=numbers)
        _keep_contacts(company, contacts)
        if isinstance(by, Person) and not by.is_partner:
            Assignment.objects.create(company=company, person=by)
        written = _addresses(contacts)
        facts = {"addresses": ", ".join(sorted(written))} if written else {}
        audit.record(
            "company.created", by=by, subject=company, company=company, rfc=company.rfc, name=company.name, **facts
        )
    return company


def contacts_of(company: Company) -> list[ContactFacts]:
    """Whom we write to at a company."""
    return [_facts_of(one) for one in company.contacts.all()]


def who_wrote_address(company: Company, address: str) -> int | None:
    """The person who wrote an address of a contact down, the last time somebody did; ``None`` where nobody knows.

    From the history, which is only ever added to: a contact can be removed and written anew by somebody else.
    """
    told = audit.history_of(company).filter(name__in=["company.created", "company.changed"], facts__has_key="addresses")
    wanted = address.lower()
    return next((one.person_id for one in told if wanted in one.facts["addresses"].split(", ")), None)


def state_of(company: Company) -> str:
    """A word for the data of a company as they are stored now; another word once any of them has changed."""
    row = Company.objects.values_list("rfc", "name", "renewal_mailbox", "responsible", "region").get(pk=company.pk)
    contacts = company.contacts.order_by("pk").values_list("name", "email", "phone", "gets_notices")
    numbers = company.registros_patronales.order_by("number").values_list("number", flat=True)
    return hashlib.sha256(json.dumps([row, list(contacts), list(numbers)]).encode()).hexdigest()


def update_company(
    *,
    company: Company,
    seen: str,
    rfc: str,
    name: str,
    responsible: Person | None,
    contacts: Sequence[ContactFacts],
    registros_patronales: Sequence[str],
    renewal_mailbox: str,
    region: str,
    by: Actor,
) -> Company:
    """Replace the data of a company by these; a changed mailbox has to be proved again.

    ``seen`` is the :func:`state_of` the data that the person began from.

    Who answers for a company decides who sees its keys, so only a partner changes that.

    Raises:
        NotPermitted: the person only looks, or changes the responsible person without being a partner.
        CompanyChanged: somebody else changed the data meanwhile; nothing was written.
        RfcIsInUse: another RFC, while there are certificates of the old one.
        RegistroPatronalIsInUse: a number that a certificate names would be taken away.
        and what :func:`create_company` raises.
    """
    require_work(by)
    numbers = registros.valid_numbers(registros_patronales)
    told: dict[str, Fact | Person] = {
        "rfc": valid_rfc(rfc),
        "name": _valid_name(name),
        "renewal_mailbox": renewal_mailbox,
        "region": _valid_region(region),
        "responsible": responsible,
    }
    with transaction.atomic():
        company = _as_seen(company, seen)
        changed = {field: value for field, value in told.items() if getattr(company, field) != value}
        if "responsible" in changed:
            _require_may_answer(responsible, by)
        facts = {f"{field}_before": _as_fact(getattr(company, field)) for field in changed}
        facts |= {field: _as_fact(value) for field, value in changed.items()}
        _write(company, changed)
        facts["registros_patronales"] = registros.keep_exactly(company=company, numbers=numbers)
        told_before = _told(company)
        written = _addresses(contacts) - _addresses(contacts_of(company))
        facts["contacts"] = _keep_contacts(company, contacts)
        if (told_now := _told(company)) != told_before:
            facts["notices_to"] = told_now
        if written:
            facts["addresses"] = ", ".join(sorted(written))
        said = {name: fact for name, fact in facts.items() if fact != 0}
        if said:
            audit.record("company.changed", by=by, subject=company, company=company, **said)
    return company


def _as_seen(company: Company, seen: str) -> Company:
    """The company as it is stored, held until the transaction ends, if it still is what the person saw."""
    row = Company.objects.select_for_update().get(pk=company.pk)
    if state_of(row) == seen:
        return row
    last = audit.history_of(row).filter(name__in=["company.changed", "company.registro_patronal_added"]).first()
    raise CompanyChanged(who="" if last is None or last.person is None else str(last.person))


def _require_may_answer(person: Person | None, by: Actor) -> None:
    """Raises NotPermitted where somebody who is no partner decides, CannotBeResponsible where the other cannot be."""
    _able(person)
    if isinstance(by, Person):
        require(by, Right.MANAGE)


def require_work(by: Actor) -> None:
    """Let the machine and working people pass.

    Raises:
        NotPermitted: the person only looks.
    """
    if isinstance(by, Person):
        require(by, Right.WORK)


def valid_rfc(text: str) -> str:
    """The RFC as it is kept.

    Raises:
        NotAnRfc: it has not the form of one.
    """
    rfc = normalise_rfc(text)
    if not is_rfc(rfc):
        raise NotAnRfc(rfc=text.strip()[:40])
    return rfc


def _valid_name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise CompanyNameMissing
    return name


def _valid_region(text: str) -> str:
    return Region(text).value if text else ""


def _able(person: Person | None) -> Person | None:
    if person is not None and not (person.is_active and person.may_work):
        raise CannotBeResponsible(person=str(person))
    return person


def _as_fact(value: Fact | Person) -> Fact:
    return value.username if isinstance(value, Person) else value


def _insert(company: Company) -> None:
    try:
        with transaction.atomic():
            company.save(force_insert=True)
    except IntegrityError as error:
        raise CompanyExists(rfc=company.rfc) from error


def _write(company: Company, changed: dict[str, Fact | Person]) -> None:
    if not changed:
        return
    if "rfc" in changed and company.certificates.exists():
        raise RfcIsInUse(rfc=company.rfc)
    fields = list(changed)
    for field, value in changed.items():
        setattr(company, field, value)
    if "name" in changed:
        company.search_name = searchable(company.name)[:254]
        fields.append("search_name")
    if "renewal_mailbox" in changed:
        company.mailbox_proved_at = None
        fields.append("mailbox_proved_at")
    try:
        with transaction.atomic():
            company.save(update_fields=fields)
    except IntegrityError as error:
        raise CompanyExists(rfc=company.rfc) from error


def _keep_contacts(company: Company, contacts: Sequence[ContactFacts]) -> int:
    """Keep exactly these; those that stay keep their row. Returns how many were added, removed or turned."""
    wanted = {(one.name, one.email, one.phone): one for one in contacts}
    gone, turned = [], []
    for contact in company.contacts.all():
        stays = wanted.pop((contact.name, contact.email, contact.phone), None)
        if stays is None:
            gone.append(contact.pk)
        elif stays.gets_notices != contact.gets_notices:
            turned.append(contact.pk)
    Contact.objects.filter(pk__in=gone).delete()
    # The row stays the same one, so that what it was told today is not told again.
    Contact.objects.filter(pk__in=turned).update(gets_notices=~F("gets_notices"))
    Contact.objects.bulk_create(Contact(company=company, **asdict(one)) for one in wanted.values())
    return len(gone) + len(turned) + len(wanted)


def _facts_of(contact: Contact) -> ContactFacts:
    return ContactFacts(name=contact.name, email=contact.email, phone=contact.phone, gets_notices=contact.gets_notices)


def _addresses(contacts: Sequence[ContactFacts]) -> set[str]:
    return {one.email.lower() for one in contacts if one.email}


def _told(company: Company) -> str:
    """The names of those at the client who get notices."""
    return ", ".join(company.contacts.who_get_notices().values_list("name", flat=True))
