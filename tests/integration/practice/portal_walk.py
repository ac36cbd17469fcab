"""How does a test walk through the practice portal as a browser would, by its pages alone?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.desk.demo.authorities import authority_for
from renewals.models import Company, Person
from renewals.pki.certificate import CertificateKind
from renewals.practice.memory import Failure
from tests.pairs import Pair, pooled_key

REGISTRO, PASSWORD, NEW_PASSWORD = "Y5400001102", "Vieja2024", "Nueva2026clave"


def practice_pair(company: Company, *, days_left: int = -3, key: Any = None) -> Pair:
    """A pair of the demo firm's own authority for a practice company."""
    now, own = timezone.now(), key or pooled_key()
    ends = now + timedelta(days=days_left)
    certificate = authority_for(CertificateKind.NPIE, now=now).issue(
        own.public_key(),
        kind=CertificateKind.NPIE,
        rfc=company.rfc,
        name=company.name,
        registro_patronal=REGISTRO,
        email="imss@empresa.example",
        not_before=ends - timedelta(days=730),
        not_after=ends,
    )
    return Pair(certificate=certificate, key=own, passphrase=PASSWORD)


@dataclass
class Portal:
    """A browser of one person at the portal, with what lies on their disk."""

    person: Person
    company: Company
    old: Pair
    client: Client = field(default_factory=Client)
    new_key: bytes = b""
    new_certificate: bytes = b""

    def __post_init__(self) -> None:
        self.client.force_login(self.person)

    def get(self, name: str, **query: str) -> Any:
        """A page."""
        return self.client.get(reverse(f"practice:{name}"), query, follow=True)

    def post(self, name: str, *, query: str = "", **fields: Any) -> Any:
        """What a form of the portal sends; octets are files."""
        sent = {
            one: SimpleUploadedFile(f"{one}.bin", value) if isinstance(value, bytes) else value
            for one, value in fields.items()
        }
        return self.client.post(reverse(f"practice:{name}") + query, sent, follow=True)

    def enter(self, pair: Pair | None = None, **changes: Any) -> Any:
        """Through the door with the old pair, unless another is given."""
        pair = pair or self.old
        told: dict[str, Any] = {"certificado": pair.certificate, "llave": pair.key_file, "password": pair.passphrase}
        return self.post("enter", **(told | {"usuario": self.company.rfc} | changes))

    @property
    def new(self) -> dict[str, Any]:
        """The new pair, as the forms take it."""
        return {"certificado": self.new_certificate, "llave": self.new_key, "password": NEW_PASSWORD}

    def to_the_key(self) -> Any:
        """In, and over the yellow fields."""
        self.enter()
        return self.post("data", correo="imss@empresa.example")

    def make_key(self) -> Any:
        """The new key, on the disk."""
        answer = self.post("new_key", archivo="nueva", password_nueva=NEW_PASSWORD, password_nueva_2=NEW_PASSWORD)
        self.new_key = answer.content
        return answer

    def sign_old(self) -> Any:
        """The letter with the expired pair."""
        old: dict[str, Any] = {
            "certificado": self.old.certificate,
            "llave": self.old.key_file,
            "password": self.old.passphrase,
        }
        return self.post("sign", **old)

    def install(self, name: str = "install", **changes: Any) -> Any:
        """The new certificate, on the disk."""
        told: dict[str, Any] = {"llave": self.new_key, "password": NEW_PASSWORD, "archivo": "nuevo", "formato": "cer"}
        answer = self.post(name, **(told | changes))
        self.new_certificate = answer.content
        return answer

    def to_install(self) -> None:
        """As far as the screen on which the certificate is installed."""
        self.to_the_key()
        self.make_key()
        self.sign_old()
        self.after_the_mail()

    def after_the_mail(self) -> Any:
        """Wait on the page that announces a mail, for as long as it stands."""
        account = self.company.practice_account
        account.refresh_from_db()
        memory = dict(account.memory[REGISTRO[:10]])
        memory["since"] = (timezone.now() - timedelta(seconds=30)).isoformat()
        type(account).objects.filter(pk=account.pk).update(memory={REGISTRO[:10]: memory})
        return self.get("screen")

    def fail(self, *failures: Failure) -> None:
        """Switch these failures on."""
        self.client.post(reverse("practice:choose", args=[self.company.pk]), {"falla": list(failures)})


def heading(answer: Any) -> str:
    """The title of a screen."""
    found = re.search(r"<h1>(.*?)</h1>", answer.content.decode(), re.DOTALL)
    return found.group(1).strip() if found else ""


def error(answer: Any) -> str:
    """What a screen complains of."""
    found = re.search(r'id="imsgErrors"[^>]*>(.*?)</p>', answer.content.decode(), re.DOTALL)
    return found.group(1).strip() if found else ""
