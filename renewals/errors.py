"""Which refusals can the program answer with, and which facts does each carry?

A refusal knows a stable code and plain facts; the Spanish for it lives in ``renewals.wording``. Facts may be
shown to people and written to history, so no key, passphrase or file content ever goes into one.
"""

from typing import ClassVar

Fact = str | int | bool | None


class Refusal(Exception):
    """Base of everything the program refuses to do; ``facts`` are shown to people, so they hold no secret."""

    code: ClassVar[str] = "refused"

    def __init__(self, **facts: Fact) -> None:
        super().__init__(self.code)
        self.facts = facts


# --- files from outside -----------------------------------------------------------------------------------------


class FileRefused(Refusal):
    """A file from outside cannot be taken for what was asked."""

    code = "file_refused"


class EmptyFile(FileRefused):
    """Nothing is in the file."""

    code = "empty_file"


class FileTooLarge(FileRefused):
    """Facts: ``size`` and ``limit`` in bytes."""

    code = "file_too_large"


class UnrecognisedFile(FileRefused):
    """The bytes are none of the formats the program reads."""

    code = "unrecognised_file"


class UnexpectedContent(FileRefused):
    """A known format, but not the one asked for. Facts: ``expected``, ``found`` (values of ``pki.content.Content``)."""

    code = "unexpected_content"


class DamagedFile(FileRefused):
    """The file begins like a known format and then breaks off or contradicts itself. Facts: ``content``."""

    code = "damaged_file"


class ExcessiveWork(FileRefused):
    """The header asks for more work than any honest file does. Facts: ``what``, ``asked``, ``limit``."""

    code = "excessive_work"


class UnsupportedEncryption(FileRefused):
    """Facts: ``encryption``."""

    code = "unsupported_encryption"


class UnsupportedKey(FileRefused):
    """Neither RSA nor an elliptic curve, or a size nobody honest uses. Facts: ``algorithm``, ``bits``."""

    code = "unsupported_key"


# --- pairs --------------------------------------------------------------------------------------------------------


class PassphraseMissing(Refusal):
    """The key is encrypted and no passphrase was given."""

    code = "passphrase_missing"


class WrongPassphrase(Refusal):
    """The passphrase does not open the key."""

    code = "wrong_passphrase"


class KeyOfAnotherCertificate(Refusal):
    """The private key does not belong to the certificate."""

    code = "key_of_another_certificate"


# --- the vault ----------------------------------------------------------------------------------------------------


class MasterKeyAbsent(Refusal):
    """This process was given no master key; what needs one waits for the vault worker."""

    code = "master_key_absent"


class MasterKeyUnsafe(Refusal):
    """A master key's file may be read by others, or is not a key. Facts: ``key_id``, ``fault``."""

    code = "master_key_unsafe"


class IntakeKeyAbsent(Refusal):
    """The settings of this process pin no intake key, so nothing can be sealed."""

    code = "intake_key_absent"


class SealBroken(Refusal):
    """Sealed bytes do not open: they were damaged, moved to another row, or sealed to a key that is not here."""

    code = "seal_broken"


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


class KeyTooShort(Refusal):
    """Facts: ``bits`` and ``minimum``."""

    code = "key_too_short"


# --- handing out key files ----------------------------------------------------------------------------------------


class ReasonMissing(Refusal):
    """Key files leave custody only for a reason."""

    code = "reason_missing"


class NothingToHandOut(Refusal):
    """The certificate, renewal or step has no files of this kind."""

    code = "nothing_to_hand_out"


class TooManyCheckouts(Refusal):
    """The person asked for key files too often. Facts: ``limit`` per ``minutes``."""

    code = "too_many_checkouts"


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


# --- people and permissions ---------------------------------------------------------------------------------------


class NotVisible(Refusal):
    """The person may not know that this exists; doors answer 404."""

    code = "not_visible"


class NotPermitted(Refusal):
    """The person may see it and may not do this; doors answer 403. Facts: ``right``."""

    code = "not_permitted"


class ConfirmationNeeded(Refusal):
    """The act needs the person's password again, typed within the last minutes."""

    code = "confirmation_needed"


class UnacceptableAnswer(Refusal):
    """What was typed about a person (name to sign in with, mail address) has not the form it must have."""

    code = "unacceptable_answer"


class TooManyAttempts(Refusal):
    """Too many failed passwords. Facts: ``minutes`` to wait."""

    code = "too_many_attempts"


class WrongSignIn(Refusal):
    """No active person has this name and password; which of the two is wrong is not told."""

    code = "wrong_sign_in"


class UnacceptablePassword(Refusal):
    """The new password is easily guessed. Facts: ``reason``, the code of Django's validator."""

    code = "unacceptable_password"


# --- companies ----------------------------------------------------------------------------------------------------


class NotAnRfc(Refusal):
    """The text has not the form of an RFC. Facts: ``rfc``."""

    code = "not_an_rfc"


class NotARegistroPatronal(Refusal):
    """The text has not the form of a registro patronal. Facts: ``number``."""

    code = "not_a_registro_patronal"


class CompanyNameMissing(Refusal):
    """A company without a name."""

    code = "company_name_missing"


class CompanyExists(Refusal):
    """There is a company with this RFC already, perhaps one the person may not see. Facts: ``rfc``."""

    code = "company_exists"


class RfcIsInUse(Refusal):
    """The company has certificates, so its RFC is no longer a typing mistake. Facts: ``rfc``."""

    code = "rfc_is_in_use"


class RegistroPatronalTaken(Refusal):
    """The registro patronal belongs to another company. Facts: ``number``."""

    code = "registro_patronal_taken"


class RegistroPatronalIsInUse(Refusal):
    """A certificate or a renewal names the registro patronal, so it cannot be taken away. Facts: ``number``."""

    code = "registro_patronal_is_in_use"


class CannotBeResponsible(Refusal):
    """The person has left or only looks, so they cannot answer for a company. Facts: ``person``."""

    code = "cannot_be_responsible"


# --- changes ------------------------------------------------------------------------------------------------------


class AlreadyMoved(Refusal):
    """Somebody was faster: the row is no longer in the state this change began from."""

    code = "already_moved"
