"""Why does the HSM that holds a master key not do what it is asked?"""

from renewals.errors.master_keys import MasterKeyFault


class HsmUnavailable(MasterKeyFault):
    """Facts: ``key_id``, ``token``, ``module``, and ``fault``: ``module``, ``token``, ``session`` and so on."""

    code = "hsm_unavailable"


class HsmDescriptionWrong(MasterKeyFault):
    """The file that says where a key is in an HSM lacks something. Facts: ``key_id``, ``field``."""

    code = "hsm_description_wrong"


class HsmPinUnsafe(MasterKeyFault):
    """Facts: ``key_id``, and ``fault``: the file with the PIN is ``missing``, or ``readable`` by others."""

    code = "hsm_pin_unsafe"


class HsmPinWrong(MasterKeyFault):
    """The HSM refused the PIN; it is not tried again until it is another one. Facts: ``key_id``, ``token``."""

    code = "hsm_pin_wrong"


class HsmLastTry(MasterKeyFault):
    """The token has one try of its PIN left, or none: that one is not ours. Facts: ``key_id``, ``token``."""

    code = "hsm_last_try"


class HsmKeyMissing(MasterKeyFault):
    """The token has no key of this label, or several. Facts: ``key_id``, ``token``, ``label``."""

    code = "hsm_key_missing"


class HsmAnotherKey(MasterKeyFault):
    """A key was to be made, and the token has one of this label. Facts: ``key_id``, ``token``, ``label``."""

    code = "hsm_another_key"


class HsmKeyUnsafe(MasterKeyFault):
    """Facts: ``key_id``, ``label``, and ``fault``: ``extractable``, or of the wrong ``length`` or ``use``."""

    code = "hsm_key_unsafe"
