"""Who works in the firm?"""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from renewals.access import Right, Somebody, may
from renewals.admin.columns import moment
from renewals.admin.lists import ListAdmin
from renewals.models import Person, StandIn


@admin.register(Person)
class PersonAdmin(ListAdmin):
    """Colleagues and what each may do, for those who see everything; a partner goes on to change it."""

    list_display = (
        "full_name",
        "username",
        "email",
        "role",
        "lead",
        "stand_in_today",
        "has_access",
        moment("last_login", _("Último ingreso")),
    )
    list_display_links = ("full_name",)
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("first_name", "last_name", "username")
    actions_list = ("let_in",)
    fields = ("username", "first_name", "last_name", "email", "role", "lead", "is_active", "last_login")

    def rows_for(self, person: Somebody) -> QuerySet[Person]:
        """Everybody, for whoever may look."""
        return Person.objects.all() if self.may_look(person) else Person.objects.none()

    def may_look(self, person: Somebody) -> bool:
        """Partners and auditors."""
        return may(person, Right.SEE) and isinstance(person, Person) and person.sees_everything

    @display(description=_("Nombre"), ordering="first_name")
    def full_name(self, person: Person) -> str:
        """First and last name, or what they sign in with."""
        return str(person)

    def shown(self, rows: QuerySet[Person]) -> QuerySet[Person]:
        """With their lead, and who stands in for them today."""
        standing = StandIn.objects.on(timezone.localdate()).select_related("stand_in")
        return rows.select_related("lead").prefetch_related(Prefetch("stood_in_by", standing, to_attr="absent_today"))

    @display(description=_("Suplente hoy"))
    def stand_in_today(self, person: Person) -> str:
        """Who answers in their place today."""
        absences: list[StandIn] = getattr(person, "absent_today", [])
        return str(absences[0].stand_in) if absences else "—"

    @display(description=_("Puede entrar"), boolean=True, ordering="is_active")
    def has_access(self, person: Person) -> bool:
        """Whether the person can sign in."""
        return person.is_active

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Partners let people in."""
        return may(request.user, Right.MANAGE)

    @action(description=_("Dar acceso a una persona"), url_path="dar-acceso", permissions=["manage"])
    def let_in(self, request: HttpRequest) -> HttpResponse:
        """Go on to the form."""
        return redirect("person_new")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """A partner goes on to the page that changes it; an auditor reads it here."""
        response = super().change_view(request, object_id, *args, **kwargs)
        return redirect("person", object_id) if may(request.user, Right.MANAGE) else response
