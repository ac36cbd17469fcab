"""Why are no more keys opened for now?"""

from renewals.errors.refusal import Refusal


class TooManyKeysOpened(Refusal):
    """Too many keys were opened for one person. Facts: ``limit`` per ``hours``."""

    code = "too_many_keys_opened"


class FirmOpenedTooMany(Refusal):
    """Too many keys were opened for everybody together. Facts: ``limit`` per ``hours``."""

    code = "firm_opened_too_many"


class FirmSignedTooMany(Refusal):
    """Too many documents were signed for everybody together. Facts: ``limit`` per ``minutes``."""

    code = "firm_signed_too_many"
