"""Why does a long work on keys not begin, or not come to its end?"""

from renewals.errors.moves import AlreadyMoved
from renewals.errors.refusal import Refusal


class DataKeyReplaced(AlreadyMoved):
    """The company was re-keyed between the encryption of a secret and its writing; nothing was written."""

    code = "data_key_replaced"


class KeyWorkUnderWay(Refusal):
    """Another work of this kind, or on this company's keys, has not ended yet."""

    code = "key_work_under_way"


class KeysLeftBehind(Refusal):
    """Some keys or secrets could not be moved and stay as they were. Facts: ``left``, and why the ``first`` one."""

    code = "keys_left_behind"


class KeysNotArchived(Refusal):
    """No key archive was written since the last rotation: the newest still needs the old key. Facts: ``key_id``."""

    code = "keys_not_archived"


class MasterKeyChanged(Refusal):
    """Another master key became active while a rotation was going to ``key_id``. Facts: ``key_id``."""

    code = "master_key_changed"


class MasterKeyInUse(Refusal):
    """Keys are still wrapped under the master key that was to be retired. Facts: ``key_id``, ``left``."""

    code = "master_key_in_use"


class MasterKeyIsActive(Refusal):
    """The master key under which new keys are wrapped cannot be retired. Facts: ``key_id``."""

    code = "master_key_is_active"


class MasterKeyNeverUsed(Refusal):
    """Nothing here was ever wrapped under a master key of this id. Facts: ``key_id``."""

    code = "master_key_never_used"


class NotInTheVault(Refusal):
    """A shell asked for a work on keys that has no master keys; only the vault's own shell may, or a person."""

    code = "not_in_the_vault"


class NothingToRekey(Refusal):
    """The company has no data key yet, so nothing is encrypted under one."""

    code = "nothing_to_rekey"


class MasterKeyRetiredBefore(Refusal):
    """The master key was retired already. Facts: ``key_id``."""

    code = "master_key_retired_before"
