"""Which certificates does each company have, until when, and does their key work?"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from renewals.models.company import Company, RegistroPatronal, compact, of_visible_companies

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from renewals.models.people import Person


class Kind(models.TextChoices):
    """The kinds of ``pki.certificate.CertificateKind``, with the words people use."""

    NPIE = "npie", _("IMSS (NPIE)")
    EFIRMA = "efirma", _("e.firma")
    CSD = "csd", _("CSD")
    UNKNOWN = "unknown", _("Por identificar")


class PairState(models.TextChoices):
    """How far the certificate's private key has come."""

    NO_KEY = "no_key", _("Sin llave")
    SEALED = "sealed", _("Llave recibida, en resguardo en unos segundos")
    IN_CUSTODY = "in_custody", _("Llave en resguardo")
    FAILED = "failed", _("La llave no sirve")


#: So many characters of a serial say something; fewer are found in half of them.
PART_OF_SERIAL = 4


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Named questions about certificates; ``today`` is the local day of the firm."""

    def visible_to(self, person: Person | AnonymousUser) -> CertificateQuerySet:
        """The certificates of the companies this person may know of."""
        return of_visible_companies(self, person)

    def current(self) -> CertificateQuerySet:
        """Those in use: not replaced by a successor and not set aside."""
        return self.filter(retired_at=None)

    def retired(self) -> CertificateQuerySet:
        """Those replaced by a successor or set aside."""
        return self.filter(retired_at__isnull=False)

    def valid(self, *, today: date) -> CertificateQuerySet:
        """In use, and not past their last day."""
        return self.current().filter(expires_on__gte=today)

    def expired(self, *, today: date) -> CertificateQuerySet:
        """In use, and past their last day."""
        return self.current().filter(expires_on__lt=today)

    def expiring_within(self, *, days: int, today: date) -> CertificateQuerySet:
        """In use, still valid today, and ending within so many days."""
        return self.current().filter(expires_on__gte=today, expires_on__lte=today + timedelta(days=days))

    def expiring_after(self, *, days: int, today: date) -> CertificateQuerySet:
        """In use, and lasting longer than so many days."""
        return self.current().filter(expires_on__gt=today + timedelta(days=days))

    def expiring_until(self, last: date) -> CertificateQuerySet:
        """In use, with their last day on this day or earlier, the expired ones included."""
        return self.current().filter(expires_on__lte=last)

    def to_renew_until(self, last: date) -> CertificateQuerySet:
        """In use, with their deadline on this day or earlier, the expired ones included."""
        return self.current().filter(deadline_on__lte=last)

    def expiring_between(self, *, first: date, last: date) -> CertificateQuerySet:
        """In use, with their last day in this span, both ends included."""
        return self.current().filter(expires_on__gte=first, expires_on__lte=last)

    def without_working_key(self) -> CertificateQuerySet:
        """In use, and nobody could sign with them: no key was handed in, or the one that was does not work."""
        return self.current().filter(pair_state__in=[PairState.NO_KEY, PairState.FAILED])

    def of_responsible(self, person_id: int | None) -> CertificateQuerySet:
        """Those of the companies that this person answers for, or nobody."""
        return self.filter(company__responsible=person_id)

    def past_a_mark(self, *, today: date) -> CertificateQuerySet:
        """Those whose next reminder mark has been reached; an index finds them whatever the number stored."""
        return self.filter(next_mark_on__lte=today)

    def look_again(self, *, on: date) -> int:
        """Have the sweep of this day look at those that are watched; returns how many."""
        return self.filter(next_mark_on__gt=on).update(next_mark_on=on)

    def in_renewal(self) -> CertificateQuerySet:
        """Those with a renewal under way."""
        return self.filter(renewals__open=True)

    def matching(self, text: str) -> CertificateQuerySet:
        """Those of the companies whose name or RFC matches, or with this serial or registro patronal.

        Hyphens and blanks inside a number do not matter; part of a serial is enough from four characters on.
        """
        # Each way to find something has its own index; joined by OR they would have none.
        ways = [Certificate.objects.filter(company__in=Company.objects.named(text))]
        bare = compact(text)
        if len(bare) >= PART_OF_SERIAL:
            registros = RegistroPatronal.objects.filter(number_10__startswith=bare[:10])
            ways += [
                Certificate.objects.filter(serial__icontains=bare),
                Certificate.objects.filter(kind=Kind.NPIE, scope__startswith=bare[:10]),
                Certificate.objects.filter(registros_patronales__in=registros),
            ]
        first, *others = [one.order_by().values("pk") for one in ways]
        return self.filter(pk__in=first.union(*others, all=True) if others else first)


class Certificate(models.Model):
    """One certificate as its file says it.

    Only ``is_primary``, its key's state, deadline, marks and retirement ever change.
    """

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("empresa")
    )
    kind = models.CharField(_("tipo"), max_length=8, choices=Kind.choices)
    #: Registro patronal for NPIE, branch for CSD, empty otherwise; never NULL, which slips through a unique index.
    scope = models.CharField(_("registro patronal o sucursal"), max_length=200, blank=True, default="")
    serial = models.CharField(_("número de serie"), max_length=64, db_index=True)
    rfc = models.CharField("RFC", max_length=13, blank=True)
    name = models.CharField(_("titular"), max_length=254, blank=True)
    representative_rfc = models.CharField(_("RFC del representante"), max_length=13, blank=True)
    curp = models.CharField("CURP", max_length=18, blank=True)
    issuer = models.CharField(_("emisor"), max_length=300, blank=True)
    not_before = models.DateTimeField(_("válido desde"))
    not_after = models.DateTimeField(_("vence"))
    #: The last local day of validity, in the firm's time zone.
    expires_on = models.DateField(_("vence el"))
    #: The last day on which its renewal can be done in the ordinary way; never after ``expires_on``.
    deadline_on = models.DateField(_("plazo"))
    #: Why that day: a code of ``expiry.deadlines``.
    deadline_reason = models.CharField(max_length=24, default="expiry")
    #: The certificate whose end sets the deadline, where it is not this one's own.
    deadline_because = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="sets")
    key_bits = models.PositiveIntegerField(_("tamaño de la llave (bits)"))
    sha256 = models.CharField(_("huella SHA-256"), max_length=64, unique=True)
    public_key_sha256 = models.CharField(max_length=64, db_index=True)
    #: The certificate itself, DER. Public by nature.
    der = models.BinaryField()
    pair_state = models.CharField(_("llave"), max_length=12, choices=PairState.choices, default=PairState.NO_KEY)
    registros_patronales = models.ManyToManyField(RegistroPatronal, related_name="certificates", blank=True)
    is_primary = models.BooleanField(_("principal"), default=True)
    predecessor = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successor"
    )
    #: The next day on which somebody must be told; NULL when nobody must.
    next_mark_on = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(_("sustituido o dado de baja"), null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificado")
        verbose_name_plural = _("certificados")
        ordering = ("expires_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "scope"],
                condition=Q(is_primary=True),
                name="one_primary_certificate",
            ),
        ]
        indexes = [
            models.Index(fields=["next_mark_on"], condition=Q(next_mark_on__isnull=False), name="cert_next_mark"),
            # ``retired_at`` stands in the index although its condition says it: SQLite reads the row to check it
            # otherwise, and a row carries a whole certificate.
            models.Index(
                fields=["expires_on", "id", "retired_at"], condition=Q(retired_at=None), name="cert_current_expiry"
            ),
            models.Index(
                fields=["deadline_on", "id", "retired_at"], condition=Q(retired_at=None), name="cert_current_deadline"
            ),
            models.Index(fields=["expires_on", "id"], name="cert_expiry"),
            models.Index(fields=["company", "expires_on", "retired_at", "kind"], name="cert_company_expiry"),
            models.Index(fields=["kind", "expires_on", "retired_at"], name="cert_kind_expiry"),
            models.Index(fields=["kind", "scope"], name="cert_kind_scope"),
            models.Index(
                fields=["representative_rfc"], condition=~Q(representative_rfc=""), name="cert_representative"
            ),
            # Whole, not for two states only: SQLite holds one bound value against an index's condition, never a list.
            models.Index(fields=["pair_state", "retired_at", "company"], name="cert_pair_state"),
        ]

    def __str__(self) -> str:
        scope = f" {self.scope}" if self.scope else ""
        return f"{Kind(self.kind).label}{scope} · {self.serial}"

    def days_left(self, today: date) -> int:
        """Whole local days until the last one; 0 on the last day, negative afterwards."""
        return (self.expires_on - today).days

    def days_to_deadline(self, today: date) -> int:
        """Whole local days until the last one on which its renewal can be done in the ordinary way."""
        return (self.deadline_on - today).days

    def is_expired(self, now: datetime) -> bool:
        """Whether the moment in the file has passed."""
        return self.not_after <= now
