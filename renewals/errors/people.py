"""What may a person not see or do, and what can be wrong with what they say of a company?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


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


class CompanyChanged(AlreadyMoved):
    """The company's data are no longer those that the person began from. Facts: ``who`` changed them last."""

    code = "company_changed"


class CannotBeResponsible(Refusal):
    """The person has left or only looks, so they cannot answer for a company. Facts: ``person``."""

    code = "cannot_be_responsible"


class NotSaved(Refusal):
    """The database refused the rows. Facts: ``fault``, the kind of its error."""

    code = "not_saved"


class NotADemo(Refusal):
    """Practice material is made for a demo firm only, and a real firm works here (or the company is a real one)."""

    code = "not_a_demo"
