"""What did the firm ask a client for through a one-time link, and what arrived?"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.certificate import Certificate
from renewals.models.company import Company, Contact, of_visible_companies
from renewals.models.people import Person
from renewals.models.renewal import Evidence, Renewal

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class RequestState(models.TextChoices):
    """Where a request stands."""

    OPEN = "open", _("Espera respuesta")
    ANSWERED = "answered", _("Contestada")
    LAPSED = "lapsed", _("Venció sin respuesta")
    LOCKED = "locked", _("Bloqueada por intentos")
    WITHDRAWN = "withdrawn", _("Retirada")


class Wanted(models.TextChoices):
    """What a client can be asked for."""

    KEY = "key", _("La llave (.key) o el .pfx")
    CERTIFICATE = "certificate", _("El certificado (.cer)")
    PASSPHRASE = "passphrase", _("La contraseña de la llave")
    LETTER = "letter", _("Una carta")
    MANDATE = "mandate", _("La autorización para usar sus archivos")
    MAILBOX = "mailbox", _("Comprobar el correo para renovaciones")


class ClientRequestQuerySet(models.QuerySet["ClientRequest"]):
    """Named questions about requests."""

    def visible_to(self, person: Person | AnonymousUser) -> ClientRequestQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person)

    def open(self) -> ClientRequestQuerySet:
        """Those that wait for an answer, lapsed or not."""
        return self.filter(state=RequestState.OPEN)

    def lapsed(self, *, now: datetime) -> ClientRequestQuerySet:
        """Those that nobody answered in time and nobody has closed yet."""
        return self.open().filter(expires_at__lte=now)


class ClientRequest(models.Model):
    """One link for one reader. The link is known to their mailbox alone, the code to whoever is told it by phone."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="client_requests", verbose_name=_("empresa")
    )
    renewal = models.ForeignKey(
        Renewal, on_delete=models.PROTECT, null=True, blank=True, related_name="client_requests"
    )
    #: Whose key, certificate or passphrase is asked for.
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="client_requests"
    )
    #: As they were when it was asked: a contact can change or go.
    contact_name = models.CharField(_("a quién"), max_length=150)
    address = models.EmailField(_("correo"))
    note = models.CharField(_("recado"), max_length=300, blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    #: A slow hash of the code; empty for a mailbox, which is proved by opening what was mailed to it.
    code_hash = models.CharField(max_length=128, blank=True)
    #: Wrong codes so far.
    tries = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(_("estado"), max_length=10, choices=RequestState.choices, default=RequestState.OPEN)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("lo pidió"))
    asked_at = models.DateTimeField(_("pedido el"))
    expires_at = models.DateTimeField(_("vence el"))
    mailed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(_("cerrada el"), null=True, blank=True)

    objects = ClientRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("petición a un cliente")
        verbose_name_plural = _("peticiones a clientes")
        ordering = ("-asked_at", "-id")
        indexes = [
            models.Index(fields=["id"], condition=Q(state="open", mailed_at=None), name="client_request_to_mail"),
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="client_request_open"),
        ]

    def __str__(self) -> str:
        return f"{_('Petición')} {self.pk}"


class ClientRequestItem(models.Model):
    """One thing asked for, and what came of it; no secret is here."""

    request = models.ForeignKey(ClientRequest, on_delete=models.CASCADE, related_name="items")
    what = models.CharField(_("qué"), max_length=12, choices=Wanted.choices)
    arrived_at = models.DateTimeField(_("llegó el"), null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("cosa pedida")
        verbose_name_plural = _("cosas pedidas")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["request", "what"], name="one_item_per_request_and_thing"),
        ]

    def __str__(self) -> str:
        return self.what
