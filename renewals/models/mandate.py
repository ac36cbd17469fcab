"""Which client allowed the firm to use which kinds of keys, from when to when, and who has seen it on paper?"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from renewals.models.client_request import ClientRequest
from renewals.models.company import Company, of_visible_companies
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class MandateQuerySet(models.QuerySet["Mandate"]):
    """Named questions about mandates."""

    def visible_to(self, person: Person | AnonymousUser) -> MandateQuerySet:
        """Those of the companies this person may know of."""
        return of_visible_companies(self, person)

    def of_company(self, company_id: int) -> MandateQuerySet:
        """Those of one company, ended ones included."""
        return self.filter(company=company_id)

    def in_force(self, *, day: date) -> MandateQuerySet:
        """Allowed by the client, confirmed by a second person, not revoked, and covering this day."""
        allowed = self.filter(accepted_at__isnull=False, confirmed_at__isnull=False, revoked_at=None)
        return allowed.filter(valid_from_on__lte=day, valid_until_on__gte=day)

    def to_confirm(self, *, today: date) -> MandateQuerySet:
        """Registered, and still to be compared with the paper by a second person."""
        return self.filter(confirmed_at=None, revoked_at=None, valid_until_on__gte=today)

    def to_accept(self, *, today: date) -> MandateQuerySet:
        """Registered, and still to be allowed by the client's own act."""
        return self.filter(accepted_at=None, revoked_at=None, valid_until_on__gte=today)


class Mandate(models.Model):
    """A client's written permission. It counts once the client has said yes to it and a second person has read it."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="mandates", verbose_name=_("empresa"))
    #: The kinds of certificates it covers, such as ``["npie", "efirma"]``.
    kinds = models.JSONField(_("certificados que cubre"))
    valid_from_on = models.DateField(_("vale desde"))
    valid_until_on = models.DateField(_("vale hasta"))
    #: Who signed it at the client.
    given_by = models.CharField(_("lo firmó"), max_length=150)
    document = models.FileField(max_length=200)
    document_name = models.CharField(max_length=200)
    document_sha256 = models.CharField(max_length=64)
    registered_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("lo registró"))
    registered_at = models.DateTimeField(_("registrado el"))
    confirmed_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lo confirmó")
    )
    confirmed_at = models.DateTimeField(_("confirmado el"), null=True, blank=True)
    #: The client's own act: through which link, when, and with which name; a paper from before links counts as one.
    accepted_through = models.ForeignKey(
        ClientRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="mandates"
    )
    accepted_at = models.DateTimeField(_("lo autorizó el cliente el"), null=True, blank=True)
    accepted_by = models.CharField(_("quien lo autorizó"), max_length=150, blank=True)
    revoked_by = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lo dio por terminado"),
    )
    revoked_at = models.DateTimeField(_("terminado el"), null=True, blank=True)
    revoked_because = models.CharField(_("motivo"), max_length=300, blank=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("mandato")
        verbose_name_plural = _("mandatos")
        ordering = ("-registered_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("registered_by")),
                name="mandate_is_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(valid_until_on__gte=F("valid_from_on")), name="mandate_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{_('Mandato')} {self.pk}"
