"""Why can nobody go on with a key that has no certificate yet?"""

from renewals.errors.refusal import Refusal


class GivingUpReasonMissing(Refusal):
    """A key is given up only for a reason. Facts: ``shortest`` reason in characters."""

    code = "giving_up_reason_missing"


class PassphraseNotTried(Refusal):
    """The key waits for the vault worker to try the passphrases that were offered for it."""

    code = "passphrase_not_tried"


class TooManyCandidates(Refusal):
    """So many passphrases, or files, were offered for one certificate that somebody guesses. Facts: ``most``."""

    code = "too_many_candidates"


class NoKeyWanted(Refusal):
    """Renewals of this plan make no key on the way: the new pair comes in whole."""

    code = "no_key_wanted"


class RenewalHasItsKey(Refusal):
    """The renewal has a key of its own; somebody has to send it back a step before it takes over another one."""

    code = "renewal_has_its_key"


class KeyMadeForAnother(Refusal):
    """The key was made to replace another certificate. Facts: ``made_for``, its registro patronal or serial."""

    code = "key_made_for_another"
