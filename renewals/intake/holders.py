"""Which company is this certificate of?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from renewals.audit import Actor
from renewals.clients.companies import create_company
from renewals.errors import (
    AuthorityCertificate,
    CertificateOfAnotherCompany,
    CompanyUntold,
    NoCompany,
    NoCompanyOfRfc,
    RegistroOfAnotherCompany,
)
from renewals.intake.practising import refuse_practice
from renewals.models import Company, Person, RegistroPatronal
from renewals.pki.certificate import CertificateFacts
from renewals.pki.identifiers import normalise_rfc

#: A certificate may name its holder at more length than a company's name is kept.
LONGEST_NAME = 254
_MANY = 500  # SQLite and PostgreSQL both take so many values in one question


@dataclass(frozen=True, slots=True)
class Companies:
    """Companies by what certificates call them: by RFC, and by the first ten characters of a registro patronal."""

    by_rfc: Mapping[str, Company]
    by_registro: Mapping[str, Company]


def companies_named_by(facts: Iterable[CertificateFacts], *, among: QuerySet[Company]) -> Companies:
    """Those of ``among`` that these certificates name, in a few questions however many certificates there are."""
    facts = list(facts)
    rfcs = sorted({one.rfc for one in facts if one.rfc})
    numbers = sorted({one.registro_patronal[:10] for one in facts if one.registro_patronal})
    by_rfc: dict[str, Company] = {}
    by_registro: dict[str, Company] = {}
    for start in range(0, len(rfcs), _MANY):
        by_rfc |= {company.rfc: company for company in among.filter(rfc__in=rfcs[start : start + _MANY])}
    for start in range(0, len(numbers), _MANY):
        registros = RegistroPatronal.objects.filter(number_10__in=numbers[start : start + _MANY], company__in=among)
        by_registro |= {one.number_10: one.company for one in registros.select_related("company")}
    return Companies(by_rfc, by_registro)


def owner(facts: CertificateFacts, companies: Companies) -> Company:
    """The company that the certificate names by its RFC, or by its registro patronal.

    Raises:
        AuthorityCertificate: it is of an authority, nobody's to renew.
        CompanyUntold: it names nobody.
        NoCompany: the company it names is not among these.
        CertificateOfAnotherCompany: its registro patronal belongs to a company of another RFC.
        PracticeCertificate: it is for practice, and the company is a real one.
    """
    if facts.is_authority:
        raise AuthorityCertificate(name=facts.name)
    if not facts.rfc and not facts.registro_patronal:
        raise CompanyUntold
    registered = companies.by_registro.get(facts.registro_patronal[:10])
    if registered is not None and facts.rfc not in {"", registered.rfc}:
        raise _of_another(facts, registered)
    found = companies.by_rfc.get(facts.rfc) or registered
    if found is None:
        raise NoCompany(rfc=facts.rfc, registro_patronal=facts.registro_patronal, name=facts.name)
    refuse_practice(facts, found)
    return found


def company_of_rfc(rfc: str, *, person: Person) -> Company:
    """The company of an RFC that a person typed, if it is one of theirs.

    Raises:
        NoCompanyOfRfc: they have none of this RFC.
    """
    found = Company.objects.visible_to(person).with_rfc(normalise_rfc(rfc)).first()
    if found is None:
        raise NoCompanyOfRfc(rfc=rfc.strip()[:40], field="company")
    return found


def create_company_named_by(facts: CertificateFacts, *, by: Actor) -> Company:
    """Take on the company that a certificate names, with its registro patronal.

    Raises:
        PracticeCertificate: it is for practice, and would make a real company.
        Refusal: what ``clients.companies.create_company`` refuses.
    """
    refuse_practice(facts, None)
    name = (facts.name or facts.rfc)[:LONGEST_NAME]
    numbers = [facts.registro_patronal] if facts.registro_patronal else []
    return create_company(rfc=facts.rfc, name=name, registros_patronales=numbers, by=by)


def require_owner(facts: CertificateFacts, company: Company) -> None:
    """Refuse a certificate that names another company than this one; one that names nobody known passes.

    Raises:
        AuthorityCertificate: it is of an authority.
        CertificateOfAnotherCompany: its RFC is another one.
        RegistroOfAnotherCompany: its registro patronal is another company's.
        PracticeCertificate: it is for practice, and the company is a real one.
    """
    if facts.is_authority:
        raise AuthorityCertificate(name=facts.name)
    refuse_practice(facts, company)
    if facts.rfc not in {"", company.rfc}:
        raise _of_another(facts, company)
    companies = companies_named_by([facts], among=Company.objects.all())
    if companies.by_registro.get(facts.registro_patronal[:10], company) != company:
        raise RegistroOfAnotherCompany(registro_patronal=facts.registro_patronal, company_rfc=company.rfc)


def _of_another(facts: CertificateFacts, company: Company) -> CertificateOfAnotherCompany:
    return CertificateOfAnotherCompany(
        certificate_rfc=facts.rfc, company_rfc=company.rfc, registro_patronal=facts.registro_patronal
    )
