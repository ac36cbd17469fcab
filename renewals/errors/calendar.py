"""Why does the calendar not take a day, or not let it go?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class CalendarDayUnsourced(Refusal):
    """Nobody can tell afterwards why a day is closed or open if the entry does not say where it was published."""

    code = "calendar_day_unsourced"


class CalendarDayOfNowhere(Refusal):
    """The firm works in one place: its own days belong to no state."""

    code = "calendar_day_of_nowhere"


class CalendarDayUnchanged(Refusal):
    """For everybody or the firm the day is open, or closed, by law already. Facts: ``is_open``, what it is by law."""

    code = "calendar_day_unchanged"


class CalendarDayKnown(AlreadyMoved):
    """The calendar has a word on that day for the same offices already."""

    code = "calendar_day_known"


class CalendarDayGone(AlreadyMoved):
    """Somebody removed the day meanwhile."""

    code = "calendar_day_gone"
