"""Why may a key not be kept, opened or handed out?"""

from renewals.errors.refusal import Refusal


class IntakeKeyAbsent(Refusal):
    """The settings of this process pin no intake key, so nothing can be sealed."""

    code = "intake_key_absent"


class ProverUnavailable(Refusal):
    """The child process that parses files from outside cannot be started; what needs it waits."""

    code = "prover_unavailable"


class UnprovableFile(Refusal):
    """Reading the file used up the memory or the time that any honest file needs."""

    code = "unprovable_file"


class KeyNotKept(Refusal):
    """No private key is in custody for what was asked."""

    code = "key_not_kept"


class KeyNotProved(Refusal):
    """A private key arrived, and the vault worker has not proved it (yet)."""

    code = "key_not_proved"


class KeyAlreadyKept(Refusal):
    """The certificate has a private key already. Facts: ``certificate``, its id."""

    code = "key_already_kept"


class KeySeenBefore(Refusal):
    """A key that should be new has the public key of one that is known."""

    code = "key_seen_before"


class KeyNotEncrypted(Refusal):
    """A key that should be locked with the passphrase made for it is not locked at all."""

    code = "key_not_encrypted"


class KeyTooShort(Refusal):
    """Facts: ``bits`` and ``minimum``."""

    code = "key_too_short"


class ReasonMissing(Refusal):
    """Key files leave custody only for a reason."""

    code = "reason_missing"


class NothingToHandOut(Refusal):
    """The certificate, renewal or step has no files of this kind."""

    code = "nothing_to_hand_out"


class TooManyCheckouts(Refusal):
    """The person asked for key files too often. Facts: ``limit`` per ``minutes``."""

    code = "too_many_checkouts"


class FirmTookTooMany(Refusal):
    """Everybody together took key files out too often, whoever asked. Facts: ``limit`` per ``minutes``."""

    code = "firm_took_too_many"


class CheckoutNotReady(Refusal):
    """The vault worker has not prepared the files yet."""

    code = "checkout_not_ready"


class CheckoutFailed(Refusal):
    """The vault worker could not prepare the files."""

    code = "checkout_failed"


class CheckoutOfAnotherBrowser(Refusal):
    """The files open only in the browser that asked for them."""

    code = "checkout_of_another_browser"


class CheckoutTaken(Refusal):
    """The files were downloaded already, and go out once."""

    code = "checkout_taken"


class PassphraseShown(Refusal):
    """The passphrase was shown already, and is shown once."""

    code = "passphrase_shown"


class CheckoutLapsed(Refusal):
    """Nobody fetched the files in time."""

    code = "checkout_lapsed"
