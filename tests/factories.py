"""How does a test make a valid object with the least detail?"""

from __future__ import annotations

from typing import Any

from renewals.models import Company, Person

#: What every person of the cast signs in with.
PASSWORD = "una-clave-de-prueba-larga"  # opens nothing but test databases


def person(username: str, *, role: str = "auxiliar", **fields: Any) -> Person:
    """Somebody of the firm, made once per test whoever asks first."""
    known = Person.objects.filter(username=username).first()
    if known is not None:
        return known
    return Person.objects.create_user(
        username=username, password=PASSWORD, email=f"{username}@despacho.example", role=role, **fields
    )


def company(*, rfc: str = "EKU9003173C9", name: str = "Escuela Kemper Urgate", **fields: Any) -> Company:
    """A client company; give ``responsible`` to assign it."""
    return Company.objects.create(rfc=rfc, name=name, search_name=name.upper(), **fields)
