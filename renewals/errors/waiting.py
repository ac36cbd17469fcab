"""Why can a renewal not wait, or not be held up by a portal?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class AlreadyWaiting(AlreadyMoved):
    """Somebody said already that the renewal waits, and it still does."""

    code = "already_waiting"


class NotWaiting(AlreadyMoved):
    """The wait is over: somebody ended it, or the step moved on."""

    code = "not_waiting"


class StepBeingChecked(AlreadyMoved):
    """The vault worker looks at what was handed in; it will be done within seconds."""

    code = "step_being_checked"


class NothingToWaitFor(Refusal):
    """The step is the machine's own, or wants only a colleague's word: nobody outside keeps it."""

    code = "nothing_to_wait_for"


class WaitCauseMissing(Refusal):
    """A wait says what it waits for. Facts: ``shortest`` cause in characters."""

    code = "wait_cause_missing"


class CheckDayWrong(Refusal):
    """The day to ask again is past, or too far away. Facts: ``first_on``, ``last_on``: what is allowed."""

    code = "check_day_wrong"


class CheckDayClosed(Refusal):
    """The firm does not work on the day to ask again. Facts: ``next_on``, the next day on which it does."""

    code = "check_day_closed"


class WaitEndsWithIncident(Refusal):
    """The portal is down and says itself when it is back; there is no other day to ask."""

    code = "wait_ends_with_incident"


class IncidentAlreadyOpen(AlreadyMoved):
    """Somebody said already that this portal does not work."""

    code = "incident_already_open"


class IncidentOver(AlreadyMoved):
    """Somebody said already that the portal is back."""

    code = "incident_over"


class IncidentUnexplained(Refusal):
    """An incident says what people see. Facts: ``shortest`` text in characters."""

    code = "incident_unexplained"
