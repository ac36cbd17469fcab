"""How do dates stand in a list? In as few letters as can be, in local time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.admin import display
from django.utils import timezone
from django.utils.formats import date_format

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def moment(field: str, label: "StrOrPromise") -> Callable[[Any], str]:
    """A column with the local date and time of a field, in as few letters as can be."""

    @display(description=label, ordering=field)
    def shown(row: Any) -> str:
        value = getattr(row, field)
        return date_format(timezone.localtime(value), "d/m/Y H:i") if value else "—"

    return shown


def day(field: str, label: "StrOrPromise") -> Callable[[Any], str]:
    """A column with the day of a field."""

    @display(description=label, ordering=field)
    def shown(row: Any) -> str:
        return date_format(getattr(row, field), "d/m/Y")

    return shown
