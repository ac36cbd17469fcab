"""Where is a company's certificate installed, and where was the new one installed after a renewal?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from renewals.models.certificate import Kind
from renewals.models.company import Company, of_visible_companies
from renewals.models.people import Person
from renewals.models.renewal import Renewal, RenewalState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class InstallationQuerySet(models.QuerySet["Installation"]):
    """Named questions about places."""

    def visible_to(self, person: Person | AnonymousUser) -> InstallationQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person)

    def in_use(self) -> InstallationQuerySet:
        """Those that nobody took off the list."""
        return self.filter(removed_at=None)


class Installation(models.Model):
    """A program or computer in which certificates of one kind of a company are installed: payroll, invoicing, a PC."""

    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="installations", verbose_name=_("empresa")
    )
    kind = models.CharField(_("certificado"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("programa o computadora"), max_length=120)
    note = models.CharField(_("dónde y quién lo instala"), max_length=300, blank=True)
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = InstallationQuerySet.as_manager()

    class Meta:
        verbose_name = _("lugar donde se usa")
        verbose_name_plural = _("lugares donde se usa")
        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "name"],
                condition=models.Q(removed_at=None),
                name="one_place_of_a_name_per_company_and_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InstallationAnswer(models.TextChoices):
    """What became of a place after a renewal."""

    DONE = "done", _("Instalado")
    LATER = "later", _("Falta instalarlo")
    NOT_USED = "not_used", _("Ya no se usa ahí")


class InstallationTickQuerySet(models.QuerySet["InstallationTick"]):
    """Named questions about what became of places."""

    def visible_to(self, person: Person | AnonymousUser) -> InstallationTickQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person, through="installation__company")

    def left(self) -> InstallationTickQuerySet:
        """Where the certificate in use has still to be installed, of companies that the firm has not given up."""
        return self.filter(
            answer=InstallationAnswer.LATER,
            installation__removed_at=None,
            installation__company__closed_at=None,
            renewal__state=RenewalState.DONE,
            renewal__new_certificate__retired_at=None,
        )


class InstallationTick(models.Model):
    """What became of one place in one renewal."""

    renewal = models.ForeignKey(Renewal, on_delete=models.CASCADE, related_name="installation_ticks")
    installation = models.ForeignKey(Installation, on_delete=models.PROTECT, related_name="ticks")
    answer = models.CharField(max_length=10, choices=InstallationAnswer.choices)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = InstallationTickQuerySet.as_manager()

    class Meta:
        verbose_name = _("instalación revisada")
        verbose_name_plural = _("instalaciones revisadas")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["renewal", "installation"], name="one_tick_per_place_and_renewal"),
        ]

    def __str__(self) -> str:
        return f"{self.installation_id}: {self.answer}"
