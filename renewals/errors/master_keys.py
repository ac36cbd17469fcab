"""Why can a master key not be used, and why does something sealed not open?"""

from renewals.errors.refusal import Refusal


class MasterKeyFault(Refusal):
    """Base of everything that is wrong with the master keys themselves: what needs one waits until that is mended."""

    code = "master_key_fault"


class MasterKeyAbsent(MasterKeyFault):
    """This process was given no master key; what needs one waits for the vault worker."""

    code = "master_key_absent"


class MasterKeyUnknown(MasterKeyAbsent):
    """Something was sealed under a master key that is not in the folder. Facts: ``key_id``."""

    code = "master_key_unknown"


class MasterKeyLost(MasterKeyFault):
    """The database holds keys under a master key that is not in the folder; making another one would hide the loss."""

    code = "master_key_lost"


class MasterKeyUnsafe(MasterKeyFault):
    """Facts: ``key_id``, and ``fault``: ``readable`` or ``writable`` by others, of the wrong ``length``, and so on."""

    code = "master_key_unsafe"


class MasterKeyWrong(MasterKeyFault):
    """A master key has the id of one that was used here, and is another key. Facts: ``key_id``."""

    code = "master_key_wrong"


class MasterKeyRetired(MasterKeyFault):
    """The active master key was retired: nothing may be sealed under it again. Facts: ``key_id``."""

    code = "master_key_retired"


class MasterKeyInTheWay(Refusal):
    """A key of this id is in the folder already, and is never overwritten. Facts: ``key_id``."""

    code = "master_key_in_the_way"


class MasterKeyStaysInHsm(Refusal):
    """A key inside an HSM has no recovery kit: it never comes out. Facts: ``key_id``."""

    code = "master_key_stays_in_hsm"


class IntakeKeyWrong(MasterKeyFault):
    """What the settings pin is not the public half of the intake key that this vault opens. Facts: ``key_id``."""

    code = "intake_key_wrong"


class KitOutOfBounds(Refusal):
    """A recovery kit of so many shares cannot be made. Facts: ``needed``, ``shares``, ``most``."""

    code = "kit_out_of_bounds"


class KitFolderInTheWay(Refusal):
    """The folder for a recovery kit exists already. Facts: ``name``."""

    code = "kit_folder_in_the_way"


class ShareWrong(Refusal):
    """The words are no share: one is missing, twice there or misspelt. Facts: ``words``, how many there were."""

    code = "share_wrong"


class ShareOfAnotherKit(Refusal):
    """A share does not belong to the ones before, or is one of them."""

    code = "share_of_another_kit"


class SharesTooFew(Refusal):
    """Facts: ``needed`` and ``given``."""

    code = "shares_too_few"


class AuditKeyUnknown(Refusal):
    """Signed with a key that is not one of the firm's audit keys. Facts: ``key_id``."""

    code = "audit_key_unknown"


class SignatureWrong(Refusal):
    """A signed statement was changed, or somebody else signed it."""

    code = "signature_wrong"


class SealBroken(Refusal):
    """Sealed bytes do not open: they were damaged, moved to another row, or sealed to a key that is not here."""

    code = "seal_broken"


class SealTruncated(SealBroken):
    """Sealed bytes break off before their end."""

    code = "seal_truncated"


class SealVersionUnknown(SealBroken):
    """Sealed bytes begin with a format that this program does not know. Facts: ``version``, a number."""

    code = "seal_version_unknown"


class SealKeyUnknown(SealBroken):
    """Sealed under a company's data key or an intake key that is not here (any more). Facts: ``key_id``."""

    code = "seal_key_unknown"
