"""Who works in the demo firm, and with which passwords do they get in?"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import transaction

from renewals import audit
from renewals.audit import Actor
from renewals.models import Person, Role

#: Name to sign in with → full name, role, what the person may do.
CAST: Mapping[str, tuple[str, str, Role, str]] = {
    "ana": ("Ana", "Ruiz Peña", Role.PARTNER, "socia: ve todo y decide todo"),
    "beto": ("Beto", "Luna Ibáñez", Role.STAFF, "auxiliar: trabaja con sus empresas"),
    "carla": ("Carla", "Trejo Ochoa", Role.STAFF, "auxiliar: trabaja con las suyas"),
    "dalia": ("Dalia", "Zavala Muñoz", Role.AUDITOR, "auditora: ve todo y no cambia nada"),
}
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def let_in_the_cast(*, by: Actor) -> dict[str, Person]:
    """The people of the demo firm; the passwords of those that are new go into the runner's owner-only file."""
    known = {one.username: one for one in Person.objects.filter(username__in=CAST)}
    passwords = {username: _password() for username in CAST if username not in known}
    new = []
    for username, password in passwords.items():
        first_name, last_name, role, _ = CAST[username]
        person = Person(
            username=username, first_name=first_name, last_name=last_name, role=role, is_demo=True,
            email=f"{username}@despacho.example",
        )  # fmt: skip
        person.set_password(password)
        new.append(person)
    if new:
        # Before the people are there: a password that is written and never used harms nobody, the reverse would.
        _write(passwords)
        with transaction.atomic():
            for person in new:
                person.save(force_insert=True)
                audit.record("person.let_in", by=by, subject=person, username=person.username, role=person.role)
    return known | {one.username: one for one in new}


def _password() -> str:
    """Four groups of four: about 79 bits, and nothing that looks like something else."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _write(passwords: Mapping[str, str]) -> None:
    path = Path(settings.FIRM_HOME) / "demo_users.txt"
    lines = ["Personas de práctica, con su contraseña:"]
    lines += [f"  {username:<6} {password}   {CAST[username][3]}" for username, password in passwords.items()]
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as handle:
        handle.write("\n".join(lines) + "\n")
