"""Which days can nobody look ahead to?"""

from renewals.errors.refusal import Refusal


class PreviewOfThePast(Refusal):
    """What was sent on a day that has passed is in the list of mails."""

    code = "preview_of_the_past"


class PreviewTooFar(Refusal):
    """Facts: ``days``, how far one can look ahead."""

    code = "preview_too_far"
