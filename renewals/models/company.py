"""Which client companies does the firm look after, who answers for each, and whom do we write to there?"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from renewals.models.calendar import Region
from renewals.models.people import Person
from renewals.models.stand_in import StandIn

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def searchable(text: str) -> str:
    """The text as searches look at it: capitals, no accents (Ñ counts as N), single spaces."""
    bare = (one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join("".join(bare).upper().split())


def compact(text: str) -> str:
    """The text as identifiers are kept: capitals, without the hyphens and blanks that people write between."""
    return "".join(one for one in text.upper() if one.isalnum() or one == "&")


class CompanyQuerySet(models.QuerySet["Company"]):
    """Named questions about companies."""

    def visible_to(self, person: Person | AnonymousUser) -> CompanyQuerySet:
        """The companies this person may know of: all for partners and auditors, their own for staff.

        And today those of whoever they stand in for, as far as that person's own: never what a partner sees as one.
        """
        if not isinstance(person, Person) or not person.is_active:
            return self.none()
        if person.sees_everything:
            return self
        # Asked first and put in by value: lists that indexes answer, not a question asked of every company.
        acts_for = [person.pk, *StandIn.objects.covered_by(person, day=timezone.localdate())]
        assigned = Assignment.objects.filter(person__in=acts_for).values("company")
        return self.filter(Q(responsible__in=acts_for) | Q(pk__in=assigned))

    def with_rfc(self, rfc: str) -> CompanyQuerySet:
        """The company of this RFC, as the certificate or a person wrote it."""
        return self.filter(rfc=rfc.strip().upper())

    def with_registro_patronal(self, number: str) -> CompanyQuerySet:
        """The company of this registro patronal; the first ten characters decide."""
        return self.filter(registros_patronales__number_10=number[:10])

    def of_responsible(self, person_id: int | None) -> CompanyQuerySet:
        """Those that this person answers for, or nobody."""
        return self.filter(responsible=person_id)

    def unassigned(self) -> CompanyQuerySet:
        """Those that nobody answers for, or somebody who no longer has access."""
        gone = Person.objects.filter(is_active=False).values("pk")
        return self.filter(Q(responsible=None) | Q(responsible__in=gone), closed_at=None)

    def named(self, text: str) -> CompanyQuerySet:
        """Those whose name holds the text, accents or not, or whose RFC begins with it, hyphens or not."""
        found = Q(search_name__contains=searchable(text))
        rfc = compact(text)
        return self.filter(found | Q(rfc__startswith=rfc)) if rfc else self.filter(found)

    def matching(self, text: str) -> CompanyQuerySet:
        """As :meth:`named`, and those with a registro patronal that begins with the text."""
        number = compact(text)[:10]
        registros = RegistroPatronal.objects.filter(number_10__startswith=number)
        return self.named(text) | self.filter(pk__in=registros.values("company")) if number else self.named(text)


def of_visible_companies(rows: Rows, person: Person | AnonymousUser, *, through: str = "company") -> Rows:
    """Those rows whose company this person may know of; ``through`` is the road from a row to its company."""
    companies = Company.objects.visible_to(person)
    # Everything is visible: no subquery, so that lists stay on their index.
    return rows.filter(**{f"{through}__in": companies}) if companies.query.where else rows


class Company(models.Model):
    """One client company (or person with a business) of the firm."""

    rfc = models.CharField("RFC", max_length=13, unique=True)
    name = models.CharField(_("nombre o razón social"), max_length=254)
    #: The name without accents, in capitals: what searches look at.
    search_name = models.CharField(max_length=254, editable=False, db_index=True)
    responsible = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="companies",
        verbose_name=_("responsable"),
    )
    #: The state whose local holidays count; empty where nobody said.
    region = models.CharField(_("estado"), max_length=3, choices=Region.choices, blank=True, default="")
    renewal_mailbox = models.EmailField(_("correo para renovaciones"), blank=True)
    #: When somebody opened a link that was mailed to the renewal mailbox.
    mailbox_proved_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_demo = models.BooleanField(_("de práctica"), default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("empresa")
        verbose_name_plural = _("empresas")
        ordering = ("name", "id")
        indexes = [models.Index(fields=["name", "id"], name="company_name")]

    def __str__(self) -> str:
        return f"{self.name} ({self.rfc})"


class Assignment(models.Model):
    """A person of the firm may work for a company."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="assignments")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("asignación")
        verbose_name_plural = _("asignaciones")
        constraints = [
            models.UniqueConstraint(fields=["company", "person"], name="one_assignment_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} → {self.company_id}"


class ContactQuerySet(models.QuerySet["Contact"]):
    """Named questions about people at the client."""

    def who_get_notices(self) -> ContactQuerySet:
        """Those whom somebody of the firm lets have reminders, with an address or without."""
        return self.filter(gets_notices=True)


class Contact(models.Model):
    """Somebody at the client whom the firm may ask or tell."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("nombre"), max_length=150)
    email = models.EmailField(_("correo"), blank=True)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)
    #: Nobody outside the firm gets a mail until somebody of the firm says so.
    gets_notices = models.BooleanField(_("recibe avisos de vencimiento"), default=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contacto")
        verbose_name_plural = _("contactos")
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class RegistroPatronal(models.Model):
    """A registro patronal that IMSS gave the company; printed without hyphens, 10 or 11 characters."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="registros_patronales")
    number = models.CharField(_("registro patronal"), max_length=11)
    #: The first ten characters: the check digit is often left away, so comparisons use these.
    number_10 = models.CharField(max_length=10, editable=False, db_index=True)
    description = models.CharField(_("descripción"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("registro patronal")
        verbose_name_plural = _("registros patronales")
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["number_10"], name="one_company_per_registro_patronal"),
        ]

    def __str__(self) -> str:
        return self.number
