"""Why is a certificate not made quiet for a while, or not loud again?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class NothingToSilence(Refusal):
    """The certificate was replaced or set aside: nobody is told about it anyway."""

    code = "nothing_to_silence"


class SilenceUnexplained(Refusal):
    """Whoever finds a certificate quiet must be able to read why."""

    code = "silence_unexplained"


class SilenceTooLate(Refusal):
    """No day is left on which this kind of silence could end. Facts: ``kind``, of ``models.SilenceKind``."""

    code = "silence_too_late"


class SilenceDayWrong(Refusal):
    """The day is not among those allowed. Facts: ``first_on``, ``last_on``, days in ISO form."""

    code = "silence_day_wrong"


class AlreadySilenced(AlreadyMoved):
    """Somebody silenced the certificate meanwhile."""

    code = "already_silenced"


class SilenceOver(AlreadyMoved):
    """Somebody ended the silence meanwhile."""

    code = "silence_over"
