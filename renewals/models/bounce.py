"""Which mail came back, and to which addresses is nothing sent any more?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from renewals.models.company import Company, Contact
from renewals.models.notice import Delivery
from renewals.models.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


#: The ``failure_code`` of a message that came back.
CAME_BACK = "came_back"


class BounceSource(models.TextChoices):
    """How the firm heard of it."""

    MAILBOX = "mailbox", _("Buzón de devoluciones")
    WEBHOOK = "webhook", _("Proveedor de correo")


class BounceQuerySet(models.QuerySet["Bounce"]):
    """Named questions about mail that came back."""

    def visible_to(self, person: Person | AnonymousUser) -> BounceQuerySet:
        """One's own, and those of one's companies' contacts; all for partners and auditors."""
        if not isinstance(person, Person) or not person.is_active:
            return self.none()
        if person.sees_everything:
            return self
        return self.filter(Q(person=person) | Q(delivery__company__in=Company.objects.visible_to(person)))

    def waiting(self) -> BounceQuerySet:
        """Those on which the worker has still to act."""
        return self.filter(acted_at=None)

    def unsettled(self) -> BounceQuerySet:
        """Those of which nobody has said since that the address works."""
        return self.filter(settled_at=None)

    def standing(self) -> BounceQuerySet:
        """Permanent ones that are unsettled, on which the worker acted: rows that nobody else can write are obeyed."""
        acted_on = self.unsettled().filter(is_permanent=True, acted_at__isnull=False)
        return acted_on.filter(delivery__failure_code=CAME_BACK, delivery__address__iexact=F("address"))


class Bounce(models.Model):
    """A mail server's word that a message did not arrive. It is about the address, whoever has it."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="bounces", verbose_name=_("mensaje"))
    #: Whose address it was when the message left; the contact may be gone by now.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="bounces")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="bounces")
    address = models.EmailField(_("correo"))
    #: Whether the address takes no mail (5.1.x or 5.2.1 of RFC 3463), or only this message did not arrive.
    is_permanent = models.BooleanField(_("definitivo"))
    status = models.CharField(_("código"), max_length=12, blank=True)
    source = models.CharField(_("cómo se supo"), max_length=7, choices=BounceSource.choices)
    #: SHA-256 of the report (or the provider's own id), so that one that is read twice counts once.
    report = models.CharField(max_length=64, unique=True)
    reported_at = models.DateTimeField(_("se supo el"))
    #: When its lines were given to somebody else; NULL while a worker has still to do it.
    acted_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(_("resuelto el"), null=True, blank=True)
    settled_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = BounceQuerySet.as_manager()

    class Meta:
        verbose_name = _("correo devuelto")
        verbose_name_plural = _("correos devueltos")
        ordering = ("-reported_at", "-id")
        indexes = [
            models.Index(fields=["id"], condition=Q(acted_at=None), name="bounce_waiting"),
            models.Index(fields=["address"], condition=Q(is_permanent=True, settled_at=None), name="bounce_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.status}".strip()
