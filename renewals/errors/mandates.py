"""Why is a client's mandate not taken, or why does it not allow what is asked?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class MandateMissing(Refusal):
    """No mandate of the client covers this on this day. Facts: ``kind`` of certificate."""

    code = "mandate_missing"


class MandateNotConfirmed(MandateMissing):
    """A mandate would cover it once a second person has confirmed it. Facts: ``kind`` of certificate."""

    code = "mandate_not_confirmed"


class MandateNotAccepted(MandateMissing):
    """A mandate would cover it once the client has said yes to it. Facts: ``kind`` of certificate."""

    code = "mandate_not_accepted"


class MandateEnded(MandateMissing):
    """The mandate that covered it has ended. Facts: ``kind`` of certificate, ``until``, a day in ISO form."""

    code = "mandate_ended"


class MandateOfOneself(Refusal):
    """Whoever registered a mandate does not confirm it."""

    code = "mandate_of_oneself"


class MandateOver(AlreadyMoved):
    """The mandate was confirmed or ended meanwhile."""

    code = "mandate_over"


class MandateIncomplete(Refusal):
    """It does not say who signed it, or what it covers."""

    code = "mandate_incomplete"


class MandateDatesWrong(Refusal):
    """It ends before it begins, or has ended already."""

    code = "mandate_dates_wrong"


class NotADocument(Refusal):
    """The file is neither a PDF nor a picture of one (JPEG, PNG)."""

    code = "not_a_document"
