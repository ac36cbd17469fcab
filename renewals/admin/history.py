"""What happened, who did it, to what? The only list of the history, and it only reads."""

from django.contrib import admin
from django.contrib.admin import display
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from renewals.access import Somebody
from renewals.admin.columns import moment
from renewals.admin.lists import ListAdmin
from renewals.models.event import Event, EventQuerySet
from renewals.wording.events import say_event
from renewals.wording.history import say_actor, say_facts, say_subject


@admin.register(Event)
class EventAdmin(ListAdmin):
    """Everything on the record about the person's companies, and all that they did themselves."""

    list_display = ("what", "detail", "who", "company_name", "about", moment("at", _("Cuándo")))
    list_display_links = ("what",)
    list_filter = ("at",)
    search_fields = ("name", "actor", "company__rfc")
    search_help_text = _("Quién, RFC o nombre del hecho")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("at", "what", "detail", "who", "company", "about")
    readonly_fields = ("what", "detail", "who", "about")

    def rows_for(self, person: Somebody) -> EventQuerySet:
        """About the person's companies, or done by them."""
        return Event.objects.visible_to(person)

    def shown(self, rows: QuerySet[Event]) -> QuerySet[Event]:
        """With the person and the company."""
        return rows.select_related("person", "company")

    @display(description=_("Qué"))
    def what(self, event: Event) -> str:
        """In words."""
        return say_event(event.name)

    @display(description=_("Detalle"))
    def detail(self, event: Event) -> str:
        """What is worth reading of its facts."""
        return say_facts(event.facts) or "—"

    @display(description=_("Quién"))
    def who(self, event: Event) -> str:
        """The person, or the part of the program that acted."""
        return str(event.person) if event.person else say_actor(event.actor)

    @display(description=_("Empresa"))
    def company_name(self, event: Event) -> str:
        """Whose, where it is about a company."""
        return event.company.name if event.company else "—"

    @display(description=_("Sobre"))
    def about(self, event: Event) -> str:
        """Kind and number of the row it tells of."""
        return f"{say_subject(event.subject_type)} {event.subject_id}"
