"""Which registros patronales does a company have? One company each, told apart by their first ten characters."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from renewals import audit
from renewals.audit import Actor
from renewals.errors import NotARegistroPatronal, RegistroPatronalIsInUse, RegistroPatronalTaken
from renewals.models import Company, RegistroPatronal
from renewals.pki.identifiers import is_registro_patronal, normalise_registro_patronal


def valid_numbers(texts: Sequence[str]) -> list[str]:
    """The numbers as they are kept, each once, blank lines left out.

    Raises:
        NotARegistroPatronal: one has not the form of a registro patronal.
    """
    numbers: dict[str, str] = {}
    for text in texts:
        number = normalise_registro_patronal(text)
        if not number:
            continue
        if not is_registro_patronal(number):
            raise NotARegistroPatronal(number=text.strip()[:40])
        numbers.setdefault(number[:10], number)
    return list(numbers.values())


def keep_exactly(*, company: Company, numbers: Sequence[str]) -> int:
    """Keep exactly these (as from :func:`valid_numbers`), in the caller's transaction; returns how many changed.

    Raises:
        RegistroPatronalTaken: one belongs to another company.
        RegistroPatronalIsInUse: one that would go is named by a certificate or a renewal.
    """
    wanted = {number[:10]: number for number in numbers}
    known = {registro.number_10: registro for registro in company.registros_patronales.all()}
    for registro in [known[key] for key in known.keys() - wanted.keys()]:
        if registro.certificates.exists() or registro.renewals.exists():
            raise RegistroPatronalIsInUse(number=registro.number)
        registro.delete()
    longer = [known[key] for key in known.keys() & wanted.keys() if known[key].number != wanted[key]]
    for registro in longer:
        registro.number = wanted[registro.number_10]
        registro.save(update_fields=["number"])
    new = [wanted[key] for key in wanted if key not in known]
    _insert(company, new)
    return len(known.keys() - wanted.keys()) + len(longer) + len(new)


def add_registro_patronal(*, company: Company, number: str, by: Actor) -> RegistroPatronal:
    """Give a company one more, in the caller's transaction, because a certificate of its RFC names it.

    Raises:
        RegistroPatronalTaken: it belongs to another company.
    """
    _insert(company, [number])
    registro = company.registros_patronales.get(number_10=number[:10])
    audit.record("company.registro_patronal_added", by=by, subject=company, company=company, number=number)
    return registro


def _insert(company: Company, numbers: Sequence[str]) -> None:
    for number in numbers:
        try:
            with transaction.atomic():
                RegistroPatronal.objects.create(company=company, number=number, number_10=number[:10])
        except IntegrityError as error:
            raise RegistroPatronalTaken(number=number) from error
