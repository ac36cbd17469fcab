"""How does a test make a valid object with the least detail?"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from renewals.audit import Machine
from renewals.clients import mandates
from renewals.intake.rows import certificate_from
from renewals.models import Certificate, ClientRequest, Company, Mandate, Person
from renewals.models.certificate import Kind
from renewals.models.company import searchable
from renewals.vault import storing

if TYPE_CHECKING:
    from uuid import UUID

    from tests.pairs import Pair
    from tests.walks import Walk

#: What every person of the cast signs in with.
PASSWORD = "una-clave-de-prueba-larga"  # opens nothing but test databases


def person(username: str, *, role: str = "auxiliar", **fields: Any) -> Person:
    """Somebody of the firm, made once per test whoever asks first."""
    known = Person.objects.filter(username=username).first()
    if known is not None:
        return known
    return Person.objects.create(
        username=username, password=_hashed(), email=f"{username}@despacho.example", role=role, **fields
    )


@cache
def _hashed() -> str:
    """Hashed once per process: scrypt is slow on purpose, and everybody here has the same password."""
    return make_password(PASSWORD)


def company(
    *, rfc: str = "EKU9003173C9", name: str = "Escuela Kemper Urgate", with_mandate: bool = True, **fields: Any
) -> Company:
    """A client company that allows everything; give ``responsible`` to assign it."""
    made = Company.objects.create(rfc=rfc, name=name, search_name=searchable(name), **fields)
    if with_mandate:
        mandate(made)
    return made


def mandate(company: Company, **fields: Any) -> Mandate:
    """What a company allowed by its own act, confirmed by the second of two people who have left the firm since."""
    now = timezone.now()
    today = timezone.localdate(now)
    terms = {
        "kinds": Kind.values,
        "valid_from_on": today - timedelta(days=30),
        "valid_until_on": today + timedelta(days=700),
        "given_by": "Laura Contadora",
        "document": "mandates/none",
        "document_name": "mandato.pdf",
        "document_sha256": "0" * 64,
        "registered_by": person("lupe", is_active=False, is_demo=company.is_demo),
        "registered_at": now,
        "confirmed_by": person("memo", is_active=False, is_demo=company.is_demo),
        "confirmed_at": now,
        "accepted_at": now,
        "accepted_by": "Laura Contadora",
    }
    return Mandate.objects.create(company=company, **terms | fields)


def client_request(company: Company, **fields: Any) -> ClientRequest:
    """A link that was sent to a client, for nothing yet; what follows its token and its code nobody knows."""
    now = timezone.now()
    terms = {
        "contact_name": "Laura Contadora",
        "address": "laura@kemper.example",
        "token_sha256": uuid4().hex * 2,
        "asked_by": person("lupe", is_active=False, is_demo=company.is_demo),
        "asked_at": now,
        "expires_at": now + timedelta(days=7),
        "mailed_at": now,
    }
    return ClientRequest.objects.create(company=company, **terms | fields)


def accept(mandate: Mandate, *, through: ClientRequest | None = None, name: str = "Laura Contadora") -> None:
    """Let the client say yes to a mandate by a link."""
    link = through or client_request(mandate.company)
    mandates.accept(
        mandate=mandate,
        through=link,
        name=name,
        from_address="192.0.2.7",
        by=Machine("client_link"),
        now=timezone.now(),
    )


def certificate(company: Company, pair: Pair, **fields: Any) -> Certificate:
    """The certificate of a pair, without its key."""
    row = certificate_from(pair.facts, company=company, now=timezone.now())
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def sealed_key(certificate: Certificate, pair: Pair, *, passphrase: str | None = None) -> UUID:
    """The pair's key, sealed and waiting for the vault worker; ``passphrase`` where a wrong one is wanted."""
    sealed = storing.seal_pair(
        company_id=certificate.company_id,
        container="private_key",
        data=pair.key_file,
        passphrase=passphrase or pair.passphrase,
    )
    with transaction.atomic():
        return storing.store_sealed([(sealed, certificate)], by=Machine("test"))[0]


def uploaded_pfx(company: Company, data: bytes) -> UUID:
    """A PFX that somebody handed in for a renewal, sealed; the id of its secret."""
    sealed = storing.seal_upload(company_id=company.pk, data=data)
    storing.store_upload(sealed, by=Machine("test"))
    return sealed.secret_id


def renewal_at(step_key: str, **beginning: Any) -> Walk:
    """A renewal that really walked to this step, by the verbs and with real keys; needs ``vault_keys``."""
    from renewals.procedure.steps import plan_for
    from tests.walks import begin

    kind = "npie" if step_key in plan_for("npie").step_keys() else "efirma"
    return begin(**{"kind": kind, **beginning}).to(step_key)
