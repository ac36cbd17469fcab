"""Which refusals can the program answer with, and which facts does each carry?

A refusal knows a stable code and plain facts; the Spanish for it lives in ``renewals.wording``. Facts may be
shown to people and written to history, so no key, passphrase or file content ever goes into one.
"""

from typing import ClassVar, Self

Fact = str | int | bool | None


class Refusal(Exception):
    """Base of everything the program refuses to do; ``facts`` are shown to people, so they hold no secret."""

    code: ClassVar[str] = "refused"

    def __init__(self, **facts: Fact) -> None:
        super().__init__(self.code)
        self.facts = facts

    def alone(self) -> Self:
        """The refusal without its traceback, to be kept: frames hold on to files and passphrases."""
        self.__cause__ = self.__context__ = None
        return self.with_traceback(None)


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


# --- files on a disk ----------------------------------------------------------------------------------------------


class PathMissing(FileRefused):
    """Nothing is at the path."""

    code = "path_missing"


class PathUnreadable(FileRefused):
    """The operating system does not let this user read the file or folder."""

    code = "path_unreadable"


class NotAFile(FileRefused):
    """A pipe, socket or device: reading it might never end."""

    code = "not_a_file"


class TooManyFiles(FileRefused):
    """The walk through the folders stopped here. Facts: ``limit`` of entries, or ``depth`` of folders."""

    code = "too_many_files"


class FileChanged(FileRefused):
    """The file was replaced while it was being taken in."""

    code = "file_changed"


class TooManyPassphrases(Refusal):
    """Facts: ``given`` and ``limit``."""

    code = "too_many_passphrases"


# --- pairs --------------------------------------------------------------------------------------------------------


class PfxWithoutKey(FileRefused):
    """The PFX holds no private key, only certificates or nothing."""

    code = "pfx_without_key"


class PfxWithoutCertificate(FileRefused):
    """The PFX holds a private key and no certificate."""

    code = "pfx_without_certificate"


class PassphraseMissing(Refusal):
    """The key is encrypted and no passphrase was given."""

    code = "passphrase_missing"


class WrongPassphrase(Refusal):
    """The passphrase does not open the key."""

    code = "wrong_passphrase"


class KeyOfAnotherCertificate(Refusal):
    """The private key does not belong to the certificate."""

    code = "key_of_another_certificate"


class UnknownAuthority(Refusal):
    """None of the authorities that are trusted here issued the certificate. Facts: ``issuer``."""

    code = "unknown_authority"


class PassphraseTriesSpent(Refusal):
    """None of the passphrases tried opens the file, and the others would take too long. Facts: ``tried``, ``given``."""

    code = "passphrase_tries_spent"


class CertificateMissing(Refusal):
    """A key came without a certificate, and none that is known belongs to it."""

    code = "certificate_missing"


class PfxBringsItsKey(Refusal):
    """A PFX came together with a key file, and holds a key of its own."""

    code = "pfx_brings_its_key"


class NothingGiven(Refusal):
    """No file came."""

    code = "nothing_given"


class AuthorityCertificate(Refusal):
    """The certificate is of an authority, which issues others; no client's. Facts: ``name``."""

    code = "authority_certificate"


class CertificateOfAnotherCompany(Refusal):
    """The certificate names somebody else. Facts: ``certificate_rfc``, ``company_rfc``, ``registro_patronal``."""

    code = "certificate_of_another_company"


class RegistroOfAnotherCompany(Refusal):
    """Facts: ``registro_patronal`` of the certificate, which is another company's; ``company_rfc``."""

    code = "registro_of_another_company"


class NoCompany(Refusal):
    """No company of the person's is the one the certificate names. Facts: ``rfc``, ``registro_patronal``, ``name``."""

    code = "no_company"


class NoCompanyOfRfc(Refusal):
    """None of the person's companies has the RFC they typed. Facts: ``rfc``."""

    code = "no_company_of_rfc"


class CompanyUntold(Refusal):
    """The certificate names nobody, so a person has to say whose it is."""

    code = "company_untold"


class CertificateAlreadyHere(Refusal):
    """The very same certificate is kept. Facts: ``serial``, and ``certificate``, its id where the person may see it."""

    code = "certificate_already_here"


class RenewalUnderWay(Refusal):
    """The certificate that this one would replace is being renewed. Facts: ``renewal``, its id."""

    code = "renewal_under_way"


# --- the vault ----------------------------------------------------------------------------------------------------


class MasterKeyAbsent(Refusal):
    """This process was given no master key; what needs one waits for the vault worker."""

    code = "master_key_absent"


class MasterKeyLost(Refusal):
    """The database holds keys under a master key that is not in the folder; making another one would hide the loss."""

    code = "master_key_lost"


class MasterKeyUnsafe(Refusal):
    """Facts: ``key_id``, and ``fault``: ``readable`` or ``writable`` by others, or of the wrong ``length``."""

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


class KeyNotEncrypted(Refusal):
    """A key that should be locked with the passphrase made for it is not locked at all."""

    code = "key_not_encrypted"


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


class UsernameTaken(Refusal):
    """Somebody has this name for signing in, or had it. Facts: ``username``."""

    code = "username_taken"


class LastPartner(Refusal):
    """The firm would be left without a partner, and nobody could let anybody in."""

    code = "last_partner"


class NotOneself(Refusal):
    """Nobody does this to themselves: another partner does."""

    code = "not_oneself"


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


class NotSaved(Refusal):
    """The database refused the rows. Facts: ``fault``, the kind of its error."""

    code = "not_saved"


class NotADemo(Refusal):
    """Practice material is made for a demo firm only, and a real firm works here (or the company is a real one)."""

    code = "not_a_demo"


# --- changes ------------------------------------------------------------------------------------------------------


class AlreadyMoved(Refusal):
    """Somebody was faster: the row is no longer in the state this change began from."""

    code = "already_moved"


# --- renewals -----------------------------------------------------------------------------------------------------


class CertificateNotCurrent(Refusal):
    """The certificate was replaced or set aside, so there is nothing to renew."""

    code = "certificate_not_current"


class RenewalAlreadyOpen(Refusal):
    """The certificate has a renewal under way."""

    code = "already_open"


class RenewalClosed(Refusal):
    """The renewal was closed or cancelled."""

    code = "renewal_closed"


class StepAlreadyMoved(AlreadyMoved):
    """Somebody, or the machine, moved the step first. Facts: ``who`` and ``step``, the key of the step."""

    code = "step_already_moved"


class PreflightRunning(Refusal):
    """The vault worker has not tried the old pair yet."""

    code = "preflight_running"


class PreflightFailed(Refusal):
    """Without what the pre-flight misses the renewal could not be finished. Facts: ``point``."""

    code = "preflight_failed"


class AnswerMissing(Refusal):
    """A field of the step was left empty, or answered with something it does not offer. Facts: ``field``, its name."""

    code = "answer_missing"


class FileMissing(Refusal):
    """The step takes a file and none came."""

    code = "file_missing"


class EvidenceTooLarge(Refusal):
    """Facts: ``limit`` in megabytes."""

    code = "evidence_too_large"


class FileOrReasonMissing(Refusal):
    """The step takes a file, or an explanation why there is none. Facts: ``shortest`` explanation in characters."""

    code = "file_or_reason_missing"


class ClosingReasonMissing(Refusal):
    """A renewal is cancelled only for a reason. Facts: ``shortest`` reason in characters."""

    code = "closing_reason_missing"


class FilesNotHandedOut(Refusal):
    """The old files were not taken out of custody for this renewal."""

    code = "files_not_handed_out"


class PassphraseNotReady(Refusal):
    """The vault worker has not made the new passphrase yet."""

    code = "passphrase_not_ready"


class PassphraseNotShown(Refusal):
    """Nobody has looked at the new passphrase, so it cannot have been typed."""

    code = "passphrase_not_shown"


class PendingKeyNotHandedOut(Refusal):
    """The new key was not taken out of custody, nor uploaded for comparison."""

    code = "pending_key_not_handed_out"


class NotThePendingKey(Refusal):
    """The key file is another one than the file of step 4."""

    code = "not_the_pending_key"


class SameLetterAgain(Refusal):
    """The letter is the very file that was kept for an earlier step."""

    code = "same_letter_again"


class SecondPersonNeeded(Refusal):
    """The second word must be another person's."""

    code = "second_person_needed"


class KeyNotInCustody(Refusal):
    """The new certificate's key is not in the vault, so the old pair must not be retired."""

    code = "key_not_in_custody"


# --- a new certificate against the one it replaces ----------------------------------------------------------------


class CertificateOfAnotherKind(Refusal):
    """Facts: ``found`` and ``expected`` kind."""

    code = "certificate_of_another_kind"


class CertificateOfAnotherHolder(Refusal):
    """Facts: ``found_rfc``, ``found_name``, ``expected_rfc``, ``expected_name``."""

    code = "certificate_of_another_holder"


class CertificateWithoutHolder(Refusal):
    """The certificate names neither an RFC nor a registro patronal."""

    code = "certificate_without_holder"


class CertificateOfAnotherRegistro(Refusal):
    """Facts: ``found`` registro patronal, ``expected`` ones (text), ``name`` of the company."""

    code = "certificate_of_another_registro"


class CertificateOfAnotherPendingKey(Refusal):
    """The certificate was not issued for the key of step 4. Facts: ``serial``."""

    code = "certificate_of_another_pending_key"


class CertificateNotNew(Refusal):
    """The certificate is known already. Facts: ``serial``."""

    code = "certificate_not_new"


class CertificateNotNewer(Refusal):
    """The certificate is not issued later than the one it should replace. Facts: ``serial``."""

    code = "certificate_not_newer"


class CertificateExpired(Refusal):
    """The certificate has ended already. Facts: ``not_after``, a day (UTC) in ISO form."""

    code = "certificate_expired"


class CertificateNotYetValid(Refusal):
    """The certificate begins in the future, or ends before it begins. Facts: ``not_before``, a day (UTC) in ISO form."""

    code = "certificate_not_yet_valid"


class ImplausibleIssuer(Refusal):
    """Facts: ``issuer``."""

    code = "implausible_issuer"


class AlreadyReplaced(Refusal):
    """The old certificate was replaced in another way while the renewal was under way."""

    code = "already_replaced"
