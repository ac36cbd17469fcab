"""Why does somebody not work for a company that was given up, or why are its keys not destroyed?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class CompanyClosed(Refusal):
    """The firm no longer looks after this company: nothing is taken in, worked on or handed out for it."""

    code = "company_closed"


class CompanyStillOpen(Refusal):
    """Keys are destroyed only of a company that was given up first."""

    code = "company_still_open"


class CompanyMoved(AlreadyMoved):
    """The company was given up or taken on again meanwhile."""

    code = "company_moved"


class NothingToErase(Refusal):
    """The company has neither keys nor passwords in custody, so there is nothing to destroy."""

    code = "nothing_to_erase"


class KeysErased(Refusal):
    """The company's keys were destroyed on the word of two people."""

    code = "keys_erased"


class NotATombstone(Refusal):
    """The statement is not about destroyed keys, or not one that this program writes."""

    code = "not_a_tombstone"


class TooManyErasures(Refusal):
    """So many companies lost their keys lately that another one has to wait. Facts: ``limit``, ``hours``."""

    code = "too_many_erasures"
