"""Who is away, or will be, and who stands in for them?"""

from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from renewals.access import Right, Somebody, may
from renewals.admin.chips import chip
from renewals.admin.columns import day
from renewals.admin.filters import QuestionFilter
from renewals.admin.lists import ListAdmin
from renewals.models import Person, StandIn


class AbsenceState(QuestionFilter):
    """Absences by their days; those that are not over unless somebody chooses."""

    title = _("cuándo")
    parameter_name = "cuando"
    everything = _("Hoy y después")
    questions = {
        "hoy": (_("Hoy"), lambda rows, today: rows.on(today)),
        "todas": (_("Todas"), lambda rows, _today: rows),
    }

    def without_choice(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        """What is over asks nothing of anybody."""
        return queryset.not_over(today=timezone.localdate())


@admin.register(StandIn)
class AbsenceAdmin(ListAdmin):
    """Everybody's, for everybody: colleagues have to know whom to ask. A partner goes on to the person's page."""

    list_display = ("who", "stand_in", day("from_on", _("Desde")), day("until_on", _("Hasta")), "state")
    list_display_links = ("who",)
    list_filter = (AbsenceState,)
    search_fields = ("person__first_name", "person__last_name", "person__username", "stand_in__first_name")
    search_help_text = _("Nombre o usuario")
    ordering = ("from_on", "pk")
    sortable_by = ()
    fields = ("person", "stand_in", "from_on", "until_on", "by", "ended_at")

    def rows_for(self, person: Somebody) -> QuerySet[StandIn]:
        """All, for whoever is signed in."""
        return StandIn.objects.all() if self.may_look(person) else StandIn.objects.none()

    def shown(self, rows: QuerySet[StandIn]) -> QuerySet[StandIn]:
        """With both people."""
        return rows.select_related("person", "stand_in", "by")

    @display(description=_("Ausente"))
    def who(self, absence: StandIn) -> Person:
        """Whose notices go to somebody else."""
        return absence.person

    @display(description=_("Situación"))
    def state(self, absence: StandIn) -> SafeString:
        """Today, later, or over."""
        today = timezone.localdate()
        if absence.ended_at is not None or absence.until_on < today:
            return chip("grey", str(_("Terminó")))
        return chip("amber", str(_("Hoy"))) if absence.from_on <= today else chip("grey", str(_("Próxima")))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """A partner goes on to the page that changes it; everybody else reads it here."""
        response = super().change_view(request, object_id, form_url, extra_context)
        if not may(request.user, Right.MANAGE):
            return response
        return redirect("person", StandIn.objects.get(pk=object_id).person_id)
