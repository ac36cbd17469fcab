"""Do the master keys of this process open what the database holds? Asked when the vault worker starts, and by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model

from renewals.errors import IntakeKeyWrong, MasterKeyUnknown, SealBroken, SealKeyUnknown
from renewals.models.stored_key import IntakeKey, MasterKey
from renewals.vault import envelope, keyring
from renewals.vault.envelope import IntakePublicKey, WrappingKey
from renewals.vault.keyring import Keyring
from renewals.vault.wrapped_rows import TABLES, WrappedTable

#: So many rows of each table and master key are opened where not all are asked for: a wrong key fails at the first.
SAMPLE = 200


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One master key: how it is held, whether it is the active one, and how many keys are under it."""

    key_id: str
    holder: str
    is_active: bool
    rows: int


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row that does not open, although its master key does what it should."""

    table: str
    row: str
    code: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found: ``opened`` of ``rows`` were tried, and the ``damaged`` ones did not open."""

    keys: Sequence[HeldKey]
    rows: int
    opened: int
    damaged: Sequence[Damaged]


def check(*, every_row: bool) -> Findings:
    """Load the master keys and open what is under them: everything, or a sample of each.

    A damaged row is told and stops nobody else's.

    Raises:
        MasterKeyUnknown: the database names a master key that is not here.
        IntakeKeyWrong: the settings pin an intake key that is not the one this vault opens.
        MasterKeyFault: a master key is absent, unsafe, wrong, retired, or its HSM does not answer.
    """
    ring = keyring.load()
    damaged: list[Damaged] = []
    under = dict.fromkeys(ring.keys, 0)
    opened = dict.fromkeys(ring.keys, 0)
    for table in TABLES:
        for key_id in sorted(_named(table, ring, damaged)):
            under[key_id] += table.under(key_id).count()
            opened[key_id] += _open(table, ring.named(key_id), every_row=every_row, damaged=damaged)
    for key_id in [one for one, rows in opened.items() if rows]:
        # A database from before this was noted; what opened something here is the right key.
        keyring.record_use(ring.named(key_id))
    _require_pinned_intake_key(ring)
    keys = [HeldKey(one.key_id, one.holder, one is ring.active, under[one.key_id]) for one in ring.keys.values()]
    return Findings(keys=keys, rows=sum(under.values()), opened=sum(opened.values()), damaged=damaged)


def _named(table: WrappedTable, ring: Keyring, damaged: list[Damaged]) -> set[str]:
    """The master keys that the rows name and that are here; a row that names none there ever was is damaged."""
    try:
        named = table.master_key_ids()
        if named <= set(ring.keys):
            return named
    except SealBroken:
        named = set()
    known = set(MasterKey.objects.values_list("pk", flat=True))
    # Slowly, row by row: something is wrong, and with which one is the question.
    named = {_name(table, row, ring, known, damaged) for row in table.rows().iterator()}
    return named - {""}


def _name(table: WrappedTable, row: Model, ring: Keyring, known: set[str], damaged: list[Damaged]) -> str:
    try:
        key_id = envelope.wrapped_under(table.wrapped(row))
        if key_id in ring.keys:
            return key_id
        told = getattr(row, table.index) if table.index else key_id
        if key_id in known or (key_id == told and not known):
            raise MasterKeyUnknown(key_id=envelope.shown(key_id))
        raise SealKeyUnknown(key_id=envelope.shown(key_id))
    except SealBroken as broken:
        damaged.append(Damaged(table.name, str(row.pk), broken.code))
        return ""


def _open(table: WrappedTable, key: WrappingKey, *, every_row: bool, damaged: list[Damaged]) -> int:
    rows = table.under(key.key_id)
    opened = 0
    for row in rows.iterator() if every_row else rows[:SAMPLE]:
        try:
            table.unwrap(row, key)
        except SealBroken as broken:
            damaged.append(Damaged(table.name, str(row.pk), broken.code))
        else:
            opened += 1
    return opened


def _require_pinned_intake_key(ring: Keyring) -> None:
    """What the other processes seal to must be what is opened here, or every key that comes in is lost."""
    if not settings.INTAKE_PUBLIC_KEY:
        return
    try:
        pinned = IntakePublicKey.parse(settings.INTAKE_PUBLIC_KEY)
    except ValueError:
        raise IntakeKeyWrong(key_id="?") from None
    row = IntakeKey.objects.filter(pk=pinned.key_id).first()
    if row is None:
        raise IntakeKeyWrong(key_id=envelope.shown(pinned.key_id))
    wrapped = bytes(row.wrapped_private_key)
    try:
        private_key = envelope.unwrap_intake_key(wrapped, master=ring.that_wrapped(wrapped), key_id=row.pk)
    except SealBroken:
        raise IntakeKeyWrong(key_id=envelope.shown(pinned.key_id)) from None
    if private_key.public_key() != pinned.key:
        raise IntakeKeyWrong(key_id=envelope.shown(pinned.key_id))
