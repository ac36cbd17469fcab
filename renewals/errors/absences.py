"""Why does somebody not lead a colleague, or not stand in for one?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class NeedsNoLead(Refusal):
    """Only staff have a lead: a partner is told themselves, and an auditor answers for nothing. Facts: ``person``."""

    code = "needs_no_lead"


class CannotLead(Refusal):
    """The person has left or only looks, so nothing can be left to them. Facts: ``person``."""

    code = "cannot_lead"


class LeadInCircle(Refusal):
    """The lead would in the end be led by the very person. Facts: ``person``, the lead."""

    code = "lead_in_circle"


class CannotStandIn(Refusal):
    """The person has left or only looks, or is the one who is away. Facts: ``person``."""

    code = "cannot_stand_in"


class AbsenceDatesWrong(Refusal):
    """It ends before it begins, begins in the past, or lasts too long. Facts: ``first_on``, ``last_on``: allowed."""

    code = "absence_dates_wrong"


class AbsenceOverlaps(Refusal):
    """Somebody stands in for the person on some of these days already. Facts: ``person``, ``first_on``, ``last_on``."""

    code = "absence_overlaps"


class AbsenceOver(AlreadyMoved):
    """Somebody ended it meanwhile, or its last day has passed."""

    code = "absence_over"
