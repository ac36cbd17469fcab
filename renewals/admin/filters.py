"""By what can the lists be narrowed? Each filter only picks a named question; its wording is here."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from renewals.desk.overview import WINDOWS, months_ahead
from renewals.expiry.silencing import only_silenced
from renewals.models.certificate import CertificateQuerySet
from renewals.models.company import CompanyQuerySet
from renewals.models.renewal import RenewalQuerySet
from renewals.people.firm import who_may_answer

#: The value of a filter for "nobody".
NOBODY = "nadie"
MYSELF = "yo"

Question = Callable[[Any, date], QuerySet[Any]]


class QuestionFilter(SimpleListFilter):
    """A filter whose choices each ask one named question of the rows; an unknown value asks none."""

    #: Value in the address → what people read, and the question.
    questions: ClassVar[dict[str, tuple[Any, Question]]] = {}
    #: What people read for the choice without a value.
    everything: ClassVar[Any] = _("Todos")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The choices."""
        return [(value, label) for value, (label, _question) in self.questions.items()]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """The choices as links; the first one in our words."""
        links = list(super().choices(changelist))
        links[0]["display"] = self.everything
        yield from links

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Ask the chosen question."""
        chosen = self.questions.get(self.value() or "")
        return chosen[1](queryset, timezone.localdate()) if chosen else self.without_choice(request, queryset)

    def without_choice(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        """What the list shows when nothing was chosen."""
        return queryset


class StillOut(QuestionFilter):
    """Checkouts whose files somebody downloaded and has not yet said to be gone."""

    title = _("archivos por borrar")
    parameter_name = "por-borrar"
    questions = {"si": (_("Todavía en una computadora"), lambda rows, _today: rows.still_out())}


class StandingBounces(QuestionFilter):
    """Mail that came back from addresses that nothing is sent to since."""

    title = _("correos sin resolver")
    parameter_name = "sin-resolver"
    questions = {"si": (_("Ya no se les escribe"), lambda rows, _today: rows.standing())}


class CertificateState(QuestionFilter):
    """Certificates by how they stand; those in use unless somebody searches, which looks at all of them."""

    title = _("estado")
    parameter_name = "estado"
    everything = _("En uso")
    questions: ClassVar[dict[str, tuple[Any, Question]]] = {
        "vigente": (_("Vigente"), lambda rows, today: rows.valid(today=today)),
        "vence-pronto": (_("Vence pronto (30 días)"), lambda rows, today: rows.expiring_within(days=30, today=today)),
        "vencido": (_("Vencido"), lambda rows, today: rows.expired(today=today)),
        "en-renovacion": (_("En renovación"), lambda rows, _today: rows.in_renewal()),
        "sin-llave": (_("Sin llave que funcione"), lambda rows, _today: rows.without_working_key()),
        "sustituido": (_("Sustituido o dado de baja"), lambda rows, _today: rows.retired()),
        "todos": (_("Todos"), lambda rows, _today: rows),
    }

    def without_choice(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        """Those in use; a search finds old ones too, or a serial in hand would seem not to exist."""
        return queryset if request.GET.get("q") else queryset.current()


class DaysLeft(QuestionFilter):
    """Certificates by how long they still last; the windows count from today."""

    title = _("días que faltan")
    parameter_name = "faltan"
    questions: ClassVar[dict[str, tuple[Any, Question]]] = {
        "vencidos": (_("Ya vencieron"), lambda rows, today: rows.expired(today=today)),
        "7": (_("7 o menos"), lambda rows, today: rows.expiring_within(days=WINDOWS[0], today=today)),
        "30": (_("30 o menos"), lambda rows, today: rows.expiring_within(days=WINDOWS[1], today=today)),
        "90": (_("90 o menos"), lambda rows, today: rows.expiring_within(days=WINDOWS[2], today=today)),
        "mas": (_("Más de 90"), lambda rows, today: rows.expiring_after(days=WINDOWS[2], today=today)),
    }


class Silenced(QuestionFilter):
    """Certificates about which nobody is told for a while."""

    title = _("avisos")
    parameter_name = "avisos"
    questions: ClassVar[dict[str, tuple[Any, Question]]] = {
        "en-pausa": (_("En pausa"), lambda rows, today: only_silenced(rows, today=today)),
    }


class EndingMonth(SimpleListFilter):
    """Certificates by the month in which they end, as the dashboard's chart counts them."""

    title = _("mes en que vence")
    parameter_name = "mes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """This month and those after it."""
        spans = months_ahead(timezone.localdate())
        return [(f"{first:%Y-%m}", f"{MONTHS[first.month]} {first.year}") for first, _last in spans]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        """Those of the chosen month."""
        for first, last in months_ahead(timezone.localdate()):
            if self.value() == f"{first:%Y-%m}":
                return queryset.expiring_between(first=first, last=last)
        return queryset


class PersonFilter(SimpleListFilter):
    """Rows by a person: oneself, nobody, or anybody who may answer for a company."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Oneself and nobody first."""
        people = [(str(one.pk), str(one)) for one in who_may_answer()]
        return [(MYSELF, gettext("Yo")), (NOBODY, gettext("Nadie")), *people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the chosen person."""
        value = self.value() or ""
        if value in {NOBODY, MYSELF}:
            return self.narrowed(queryset, None if value == NOBODY else request.user.pk)
        # Longer than an id can be, and the database would refuse the number.
        return self.narrowed(queryset, int(value)) if value.isdecimal() and len(value) < 19 else queryset

    def narrowed(self, rows: Any, person_id: int | None) -> QuerySet[Any]:
        """The rows of this person, or of nobody."""
        raise NotImplementedError


class Responsible(PersonFilter):
    """Certificates and companies by who answers for the company."""

    title = _("responsable")
    parameter_name = "responsable"

    def narrowed(
        self, rows: CertificateQuerySet | CompanyQuerySet, person_id: int | None
    ) -> CertificateQuerySet | CompanyQuerySet:
        """Those whose company this person answers for."""
        return rows.of_responsible(person_id)


class Assignee(PersonFilter):
    """Renewals by who has them in hand."""

    title = _("a cargo de")
    parameter_name = "a-cargo"

    def narrowed(self, rows: RenewalQuerySet, person_id: int | None) -> RenewalQuerySet:
        """Those in this person's hands."""
        return rows.of_assignee(person_id)


class CompanyState(QuestionFilter):
    """Companies by whether somebody answers for them."""

    title = _("responsable")
    parameter_name = "asignacion"
    everything = _("Todas")
    questions: ClassVar[dict[str, tuple[Any, Question]]] = {
        "sin-responsable": (_("Sin responsable activo"), lambda rows, _today: rows.unassigned()),
    }


class RenewalProgress(QuestionFilter):
    """Renewals by whether they are under way, and whether something holds them up."""

    title = _("avance")
    parameter_name = "avance"
    everything = _("En curso")
    questions: ClassVar[dict[str, tuple[Any, Question]]] = {
        "por-revisar": (_("Por revisar hoy"), lambda rows, today: rows.to_check(today=today)),
        "atorada": (_("Atoradas"), lambda rows, today: rows.stuck(today=today)),
        "espera-cliente": (_("Esperan al cliente"), lambda rows, _today: rows.waiting_outside("client")),
        "espera-portal": (_("Esperan al portal"), lambda rows, _today: rows.waiting_outside("portal")),
        "espera-cita": (_("Esperan una cita"), lambda rows, _today: rows.waiting_outside("appointment")),
        "detenida": (_("En espera o con problema"), lambda rows, _today: rows.held_up()),
        "cerrada": (_("Cerradas"), lambda rows, _today: rows.closed()),
        "todas": (_("Todas"), lambda rows, _today: rows),
    }

    def without_choice(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        """Those under way; a search finds closed ones too."""
        return queryset if request.GET.get("q") else queryset.under_way()
