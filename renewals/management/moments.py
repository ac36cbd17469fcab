"""Which moment does somebody name at a shell?"""

from argparse import ArgumentTypeError
from datetime import date, datetime, time

from django.utils import timezone

NOON = time(12)


def moment(text: str, *, hour: time = NOON) -> datetime:
    """An ISO date or moment; in the firm's zone where it names none, at ``hour`` where it names none.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"no es una fecha ISO: {text}") from None
    if len(text) <= len(date.max.isoformat()):
        given = datetime.combine(given, hour)
    return given if timezone.is_aware(given) else timezone.make_aware(given)
