"""What do all lists of the desk have in common: they show a person's rows, and change nothing."""

from typing import Any, ClassVar

from django.contrib.admin import options
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from unfold.admin import ModelAdmin
from unfold.views import ChangeList

from renewals.access import Right, Somebody, may
from renewals.errors import NotVisible


class DeskList(ChangeList):
    """A list whose rows lead to the program's own pages, where there is one."""

    def get_results(self, request: HttpRequest) -> None:
        """Count once; a list that nothing narrows says its number at the foot only, and offers no way to widen it."""
        super().get_results(request)
        if not self.has_active_filters and not self.query:
            self.full_result_count = self.result_count

    def url_for_result(self, result: models.Model) -> str:
        """Where a click on the row leads."""
        page: str = self.model_admin.page_name
        return reverse(page, args=[result.pk]) if page else str(super().url_for_result(result))


class LeanPaginator(Paginator):  # type: ignore[type-arg]  # Django's own is not generic at run time
    """Pages that are found by index first and read afterwards.

    A list sorts and skips by a few columns, and its rows are wide: certificates, companies, people. Asked at once, a
    database reads all of that for every row that it then skips or sorts away.
    """

    def __init__(self, found: QuerySet[Any], *args: Any, shown: QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(found, *args, **kwargs)
        self.found = found
        self.shown = shown

    def page(self, number: int | str) -> Page[Any]:
        """The rows of one page: which, then what they show."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        found = list(self.found.values_list("pk", flat=True)[first : first + self.per_page])
        rows = self.shown.in_bulk(found)
        return Page([rows[pk] for pk in found if pk in rows], number, self)


class ListAdmin(ModelAdmin):
    """A list and a read-only page of one model, for every person of the firm.

    Django's own permissions are not used: the role decides, and ``rows_for`` says which rows a person may see.
    Nothing is added, changed or deleted through the admin's own forms; changes are verbs, behind pages of ours.
    """

    #: Name of the page of ours that shows one row; empty where the admin's own read-only page does.
    page_name: ClassVar[str] = ""
    list_per_page = 50
    list_max_show_all = 0
    # Rows lead to pages of ours, whose addresses need not carry a list's filters.
    preserve_filters = False
    show_full_result_count = False
    show_facets = options.ShowFacets.NEVER
    list_fullwidth = True
    actions: Any = ()

    def rows_for(self, person: Somebody) -> QuerySet[Any]:
        """The rows this person may see."""
        raise NotImplementedError

    def shown(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The same rows with all that the list shows of them, in a fixed number of queries."""
        return rows

    def may_look(self, person: Somebody) -> bool:
        """Whether the list is there at all for this person."""
        return may(person, Right.SEE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only what the person may see."""
        return self.shown(self.rows_for(request.user)).order_by(*self.get_ordering(request))

    def get_paginator(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any) -> LeanPaginator:
        """Whose pages the queryset decides, not what of each row is read."""
        return LeanPaginator(queryset, *args, shown=self.shown(self.model.objects.all()), **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters that the list shows; Django would let an address question every column, passwords too."""
        shown = {one if isinstance(one, str) else one.parameter_name for one in self.list_filter}
        return lookup.partition("__")[0] in shown

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeskList]:
        """Rows lead to our pages."""
        return DeskList

    def get_urls(self) -> list[URLPattern]:
        """The list and one row: there is nothing to add, delete or ask Django's own log about."""
        unused = {self._url_name(part) for part in ("add", "delete", "history")}
        return [one for one in super().get_urls() if one.name is not None and one.name not in unused]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """One row, read only; a row of somebody else is as absent as one that never was."""
        if self.get_object(request, object_id) is None:
            raise NotVisible
        if self.page_name:
            return redirect(self.page_name, object_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for looking."""
        return self.may_look(request.user)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Decided by the role; which rows, by the queryset."""
        return self.may_look(request.user)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody: rows are made by verbs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody: rows are changed by verbs."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody: nothing is deleted."""
        return False

    def _url_name(self, part: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{part}"
