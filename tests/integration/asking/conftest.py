"""A client who was asked for something: their link, their code, and a browser of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from renewals.asking import requesting
from renewals.clients.links import token_of
from renewals.models import ClientRequest, Company, Contact
from tests import factories

ADDRESS = "laura@kemper.example"


@dataclass
class Asked:
    """A request with what its reader has: the link from their mail, the code from the telephone."""

    request: ClientRequest
    code: str

    @property
    def token(self) -> str:
        return token_of(self.request)

    @property
    def cookie(self) -> str:
        return f"peticion_{self.request.pk}"

    def address(self, name: str, *more: Any) -> str:
        return reverse(name, args=[self.request.pk, *more])

    def browser(self, *, opened: bool = True) -> Client:
        """A browser in which the link was opened, and the code typed."""
        client = Client()
        client.post(reverse("client_link_open"), {"token": self.token})
        if opened:
            client.post(self.address("client_answer_code"), {"code": self.code})
        return client

    def send(self, what: str, **fields: Any) -> Any:
        return self.browser().post(self.address("client_answer_thing", what), fields)

    def now(self) -> ClientRequest:
        self.request.refresh_from_db()
        return self.request


def file_of(data: bytes, name: str = "archivo.key") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    # The firm's own hasher is slow on purpose, and what it does is Django's to test.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def company(beto) -> Company:
    return factories.company(responsible=beto, with_mandate=False, renewal_mailbox="renovaciones@kemper.example")


@pytest.fixture
def laura(company) -> Contact:
    return Contact.objects.create(company=company, name="Laura Contadora", email=ADDRESS, phone="55 1234 5678")


@pytest.fixture
def ask(company, laura, beto):
    """Beto asks Laura; give what shall be otherwise."""

    def asked(*wanted: str, **otherwise: Any) -> Asked:
        terms: dict[str, Any] = {
            "company": company,
            "contact": laura,
            "wanted": wanted,
            "renewal": None,
            "certificate": None,
            "note": "",
            "days": 7,
            "by": beto,
            "now": timezone.now(),
        }
        return Asked(*requesting.ask(**terms | otherwise))

    return asked
