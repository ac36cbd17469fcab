"""What is kept apart between practice and real work, and what does the practice portal refuse?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class PracticeCertificate(Refusal):
    """An authority for practice issued it, and the company is a real one. Facts: ``serial``."""

    code = "practice_certificate"


class RealCertificate(Refusal):
    """What was given to the practice portal is not for practice; its key and password were not read."""

    code = "real_certificate"


class PracticePfx(Refusal):
    """A PFX tells whose it is only to who opens it, so the portal reads none."""

    code = "practice_pfx"


class PracticeStranger(Refusal):
    """Another installation's authority for practice issued it, or it names no practice company of this person."""

    code = "practice_stranger"


class PracticeSuperseded(Refusal):
    """The portal issued another certificate since, and knows this one as revoked. Facts: ``serial``."""

    code = "practice_superseded"


class PracticeUserWrong(Refusal):
    """The user typed is not the company's."""

    code = "practice_user_wrong"


class PracticePasswordWrong(Refusal):
    """The portal says that the password is wrong, because it is or because that failure is switched on."""

    code = "practice_password_wrong"


class PracticePasswordRule(Refusal):
    """The new password is not 8 to 20 letters and digits, or it is the user."""

    code = "practice_password_rule"


class PracticePasswordsDiffer(Refusal):
    """The new password was typed in two ways."""

    code = "practice_passwords_differ"


class PracticeKeyOther(Refusal):
    """The key is not the one that was made for this request."""

    code = "practice_key_other"


class PracticeMailWrong(Refusal):
    """What was typed as the company's address is none."""

    code = "practice_mail_wrong"


class PracticeLetterOther(Refusal):
    """The file is not the letter that the portal gave, with a signature added."""

    code = "practice_letter_other"


class PracticeLetterUnsigned(Refusal):
    """The letter's signature is not by the certificate that this screen asks for, or does not hold."""

    code = "practice_letter_unsigned"


class PracticeSerialUnknown(Refusal):
    """The portal has issued no certificate of this serial to this company."""

    code = "practice_serial_unknown"


class PracticeMoved(AlreadyMoved):
    """Another window has brought the request on meanwhile."""

    code = "practice_moved"
