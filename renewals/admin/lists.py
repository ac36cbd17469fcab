"""What do all lists of the desk have in common: they show a person's rows, and change nothing."""

from typing import Any, TypeVar

from django.db import models
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from renewals.access import Right, may

Row = TypeVar("Row", bound=models.Model)


class ListAdmin(ModelAdmin):  # type: ignore[misc]  # the theme ships no types
    """A list and a read-only page of one model, for every person of the firm.

    Django's own permissions are not used: the role decides, and ``get_queryset`` of each list is scoped to what the
    person may see. Nothing is added, changed or deleted through the admin's own forms; changes are verbs.
    """

    list_per_page = 50
    show_full_result_count = False
    show_facets = None
    actions: Any = ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Every person of the firm."""
        return may(request.user, Right.SEE)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Every person of the firm, for the rows that the queryset hands out."""
        return may(request.user, Right.SEE)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody: rows are made by verbs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody: rows are changed by verbs."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nobody: nothing is deleted."""
        return False
