"""Why are these not days on which to remind somebody?"""

from renewals.errors.refusal import Refusal


class MarksMissing(Refusal):
    """Without any day before the deadline nobody would hear of it in time."""

    code = "marks_missing"


class MarkOutOfRange(Refusal):
    """A number of days that makes no sense. Facts: ``mark``, ``lowest``, ``highest``."""

    code = "mark_out_of_range"


class MarkTwice(Refusal):
    """The same number of days stands there twice. Facts: ``mark``."""

    code = "mark_twice"


class TooManyMarks(Refusal):
    """So many reminders would not be read any more. Facts: ``most``."""

    code = "too_many_marks"
