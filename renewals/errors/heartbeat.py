"""Why was nobody outside told that a round went well?"""

from renewals.errors.refusal import Refusal


class HeartbeatUnanswered(Refusal):
    """The address that watches over the program did not say yes. Facts: ``status``, 0 where nobody answered."""

    code = "heartbeat_unanswered"
