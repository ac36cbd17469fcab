"""Why does something that needs two people not go on?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class ApprovalOfOneself(Refusal):
    """Nobody approves their own request."""

    code = "approval_of_oneself"


class ApprovalOver(AlreadyMoved):
    """The request was decided, withdrawn or used meanwhile, or its time has passed."""

    code = "approval_over"


class BundleTooLarge(Refusal):
    """Too many pairs at once. Facts: ``limit`` for one company."""

    code = "bundle_too_large"


class ApprovalMissing(Refusal):
    """No second person allowed exactly this, or not any more."""

    code = "approval_missing"
