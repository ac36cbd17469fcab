"""Which days are closed or open besides what the law says, for whom, and who says so?"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from renewals.models.people import Person


class Authority(models.TextChoices):
    """Whose offices a day is about."""

    EVERYBODY = "all", _("Todas las oficinas")
    IMSS = "imss", _("IMSS")
    SAT = "sat", _("SAT")
    FIRM = "firm", _("El despacho")


class Region(models.TextChoices):
    """The states of Mexico, by their codes of ISO 3166-2:MX."""

    AGU = "AGU", _("Aguascalientes")
    BCN = "BCN", _("Baja California")
    BCS = "BCS", _("Baja California Sur")
    CAM = "CAM", _("Campeche")
    CHP = "CHP", _("Chiapas")
    CHH = "CHH", _("Chihuahua")
    CMX = "CMX", _("Ciudad de México")
    COA = "COA", _("Coahuila")
    COL = "COL", _("Colima")
    DUR = "DUR", _("Durango")
    MEX = "MEX", _("Estado de México")
    GUA = "GUA", _("Guanajuato")
    GRO = "GRO", _("Guerrero")
    HID = "HID", _("Hidalgo")
    JAL = "JAL", _("Jalisco")
    MIC = "MIC", _("Michoacán")
    MOR = "MOR", _("Morelos")
    NAY = "NAY", _("Nayarit")
    NLE = "NLE", _("Nuevo León")
    OAX = "OAX", _("Oaxaca")
    PUE = "PUE", _("Puebla")
    QUE = "QUE", _("Querétaro")
    ROO = "ROO", _("Quintana Roo")
    SLP = "SLP", _("San Luis Potosí")
    SIN = "SIN", _("Sinaloa")
    SON = "SON", _("Sonora")
    TAB = "TAB", _("Tabasco")
    TAM = "TAM", _("Tamaulipas")
    TLA = "TLA", _("Tlaxcala")
    VER = "VER", _("Veracruz")
    YUC = "YUC", _("Yucatán")
    ZAC = "ZAC", _("Zacatecas")


class CalendarDayQuerySet(models.QuerySet["CalendarDay"]):
    """Named questions about the overlay."""

    def between(self, first: date, last: date) -> CalendarDayQuerySet:
        """The days of this span, both ends included."""
        return self.filter(day__gte=first, day__lte=last)

    def of_offices(self, authority: Authority) -> CalendarDayQuerySet:
        """The days that concern the offices of this authority: its own and those of everybody."""
        return self.filter(authority__in=[authority, Authority.EVERYBODY])


class CalendarDay(models.Model):
    """One day on which an authority (or the firm) is closed although the law says open, or the other way round."""

    day = models.DateField(_("día"))
    authority = models.CharField(_("de quién"), max_length=4, choices=Authority.choices)
    #: Empty: everywhere. Never NULL, which slips through a unique index.
    region = models.CharField(_("estado"), max_length=3, choices=Region.choices, blank=True, default="")
    is_open = models.BooleanField(_("abierto"), default=False)
    source = models.CharField(_("dónde se publicó"), max_length=200)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name=_("lo registró"))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("día del calendario")
        verbose_name_plural = _("días del calendario")
        ordering = ("day", "authority", "region")
        constraints = [
            models.UniqueConstraint(fields=["day", "authority", "region"], name="one_word_per_day_and_authority"),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.authority} {self.region}".strip()
