"""Why does a renewal not move?"""

from renewals.errors.refusal import Refusal


class AlreadyMoved(Refusal):
    """Somebody was faster: the row is no longer in the state this change began from."""

    code = "already_moved"


class CertificateNotCurrent(Refusal):
    """The certificate was replaced or set aside, so there is nothing to renew."""

    code = "certificate_not_current"


class RenewalAlreadyOpen(Refusal):
    """The certificate has a renewal under way."""

    code = "already_open"


class RenewalClosed(AlreadyMoved):
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


class KeyIsNoEvidence(Refusal):
    """A private key came where a letter or a picture was asked for; evidence is kept as it comes, keys are sealed."""

    code = "key_is_no_evidence"


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
    """The letter is the one of an earlier step: the same file, or the same words."""

    code = "same_letter_again"


class SecondPersonNeeded(Refusal):
    """The second word must be another person's."""

    code = "second_person_needed"


class KeyNotInCustody(Refusal):
    """The new certificate's key is not in the vault, so the old pair must not be retired."""

    code = "key_not_in_custody"


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
    """The certificate begins in the future, or ends before it begins. Facts: ``not_before``, a UTC day in ISO form."""

    code = "certificate_not_yet_valid"


class ImplausibleIssuer(Refusal):
    """Facts: ``issuer``."""

    code = "implausible_issuer"


class AlreadyReplaced(Refusal):
    """The old certificate was replaced in another way while the renewal was under way."""

    code = "already_replaced"
