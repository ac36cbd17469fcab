"""Why can a renewal not change hands, go back a step, or begin again?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class MoveReasonMissing(Refusal):
    """What undoes somebody's work says why. Facts: ``shortest`` reason in characters."""

    code = "move_reason_missing"


class CannotTakeRenewal(Refusal):
    """The person has left, only looks, or has nothing to do with the company. Facts: ``person``."""

    code = "cannot_take_renewal"


class AlreadyInCharge(Refusal):
    """The renewal is in the hands of this very person. Facts: ``person``."""

    code = "already_in_charge"


class HandedOverMeanwhile(AlreadyMoved):
    """Somebody gave the renewal to another person, or took it. Facts: ``person``, who has it now."""

    code = "handed_over_meanwhile"


class StepNotBehind(Refusal):
    """A renewal goes back to a step that it has passed, or begins its own again."""

    code = "step_not_behind"


class RenewalNotCancelled(AlreadyMoved):
    """Only what was cancelled can begin again; somebody reopened it meanwhile, or it is done."""

    code = "renewal_not_cancelled"
