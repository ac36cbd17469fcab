"""Why can nobody go on with a key that has no certificate yet?"""

from renewals.errors.refusal import Refusal


class GivingUpReasonMissing(Refusal):
    """A key is given up only for a reason. Facts: ``shortest`` reason in characters."""

    code = "giving_up_reason_missing"
