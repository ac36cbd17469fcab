"""Who took which key files out of custody, why, and did they get them?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.approval import Approval
from renewals.models.certificate import Certificate
from renewals.models.company import Company, of_visible_companies
from renewals.models.mandate import Mandate
from renewals.models.people import Person
from renewals.models.renewal import Renewal

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class CheckoutState(models.TextChoices):
    """Where a request for files stands."""

    ASKED = "asked", _("Solicitada")
    PREPARING = "preparing", _("En preparación")
    READY = "ready", _("Lista para descargar")
    TAKEN = "taken", _("Entregada")
    EXPIRED = "expired", _("Vencida sin entregarse")
    FAILED = "failed", _("No se pudo preparar")


class What(models.TextChoices):
    """Which files and password a checkout hands out."""

    CERTIFICATE_PAIR = "certificate_pair", _("Certificado, llave y contraseña")
    PENDING_KEY = "pending_key", _("Llave nueva y su contraseña")
    NEW_PASSPHRASE = "new_passphrase", _("Contraseña nueva")
    BUNDLE = "bundle", _("Archivos de varios certificados")


class Form(models.TextChoices):
    """In which form a pair is handed out."""

    AS_KEPT = "as_kept", _("Archivos .cer y .key, como se guardaron")
    PFX = "pfx", _("Un archivo .pfx (cifrado moderno)")
    PFX_WINDOWS = "pfx_windows", _("Un archivo .pfx para Windows")


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    """Named questions about checkouts."""

    def visible_to(self, person: Person | AnonymousUser) -> CheckoutQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person)

    def waiting(self, *, now: datetime) -> CheckoutQuerySet:
        """Those the vault worker has to prepare: new ones, and those whose worker died."""
        return self.filter(
            Q(state=CheckoutState.ASKED) | Q(state=CheckoutState.PREPARING, lease_until__lt=now),
            expires_at__gt=now,
        )

    def open(self) -> CheckoutQuerySet:
        """Those whose files nobody has fetched, and whose time is not over or was not looked at yet."""
        return self.filter(state__in=[CheckoutState.ASKED, CheckoutState.PREPARING, CheckoutState.READY])

    def holding(self) -> CheckoutQuerySet:
        """Those that still hold a package, a passphrase or the means to make them."""
        still = [CheckoutState.ASKED, CheckoutState.PREPARING, CheckoutState.READY]
        return self.filter(Q(state__in=still) | Q(package__isnull=False) | Q(passphrase_box__isnull=False))

    def lapsed(self, *, now: datetime) -> CheckoutQuerySet:
        """Those whose files nobody fetched in time, prepared or not."""
        return self.filter(
            state__in=[CheckoutState.ASKED, CheckoutState.PREPARING, CheckoutState.READY], expires_at__lte=now
        )

    def passphrase_lapsed(self, *, now: datetime) -> CheckoutQuerySet:
        """Those whose time has passed and whose passphrase nobody looked at, whatever became of the files."""
        return self.filter(passphrase_box__isnull=False, expires_at__lte=now)

    def still_out(self) -> CheckoutQuerySet:
        """Those whose files were downloaded and not yet said to be gone from the person's computer."""
        return self.filter(state=CheckoutState.TAKEN, removed_at=None).exclude(what=What.NEW_PASSPHRASE)

    def asked_since(self, *, person: Person, since: datetime) -> CheckoutQuerySet:
        """What one person asked for after a moment."""
        return self.filter(person=person, asked_at__gt=since)

    def held_until(self, lease_until: datetime) -> CheckoutQuerySet:
        """Those a worker claimed until exactly this moment and still holds."""
        return self.filter(state=CheckoutState.PREPARING, lease_until=lease_until)


class Checkout(models.Model):
    """One request for files. ``package`` and ``passphrase_box`` open only with the asking browser's cookie."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="checkouts", verbose_name=_("empresa"))
    what = models.CharField(_("qué se entrega"), max_length=20, choices=What.choices)
    certificate = models.ForeignKey(
        Certificate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="checkouts",
        verbose_name=_("certificado"),
    )
    renewal = models.ForeignKey(
        Renewal,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="checkouts",
        verbose_name=_("renovación"),
    )
    step_key = models.CharField(max_length=40, blank=True)
    form = models.CharField(_("en qué forma"), max_length=12, choices=Form.choices, default=Form.AS_KEPT)
    #: The client's permission it stands on, and the second person's where one was needed.
    mandate = models.ForeignKey(
        Mandate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="checkouts",
        verbose_name=_("mandato"),
    )
    approval = models.OneToOneField(
        Approval,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("aprobación"),
    )
    #: Of a bundle: the certificates it was approved for.
    bundle = models.JSONField(default=list, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutos"), default=10)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="checkouts", verbose_name=_("persona"))
    reason = models.CharField(_("motivo"), max_length=300)
    from_address = models.GenericIPAddressField(_("desde"), null=True, blank=True)
    state = models.CharField(_("estado"), max_length=10, choices=CheckoutState.choices, default=CheckoutState.ASKED)
    lease_until = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_facts = models.JSONField(default=dict, blank=True)
    #: The random key of the asking browser, sealed to the intake key: only the vault worker can use it.
    sealed_transport_key = models.BinaryField(null=True)
    package = models.BinaryField(null=True)
    package_name = models.CharField(max_length=120, blank=True)
    passphrase_box = models.BinaryField(null=True)
    #: SHA-256 of the public key that was handed out, once prepared.
    public_key_sha256 = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(_("solicitada el"))
    expires_at = models.DateTimeField(_("vence el"))
    taken_at = models.DateTimeField(_("entregada el"), null=True, blank=True)
    passphrase_shown_at = models.DateTimeField(_("contraseña mostrada el"), null=True, blank=True)
    #: When the person said that the files are gone from their computer.
    removed_at = models.DateTimeField(_("borrada de la computadora el"), null=True, blank=True)

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("entrega de archivos")
        verbose_name_plural = _("entregas de archivos")
        ordering = ("-asked_at",)
        indexes = [
            models.Index(fields=["state", "expires_at"], name="checkout_state"),
            models.Index(
                fields=["expires_at"], condition=Q(passphrase_box__isnull=False), name="checkout_passphrase_left"
            ),
            models.Index(fields=["person", "asked_at"], name="checkout_by_person"),
            models.Index(fields=["-asked_at"], name="checkout_recent"),
        ]

    def __str__(self) -> str:
        return f"{What(self.what).label} · {self.asked_at:%Y-%m-%d %H:%M}"
