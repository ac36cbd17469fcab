"""How is a master key divided so that some of its shares bring it back, and fewer say nothing? No Django.

Shamir's scheme as SLIP-39 writes it (33 words with a checksum for 256 bits): a well-kept library does it, nothing here.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics

from renewals.errors import KitOutOfBounds, MasterKeyWrong, ShareOfAnotherKit, SharesTooFew, ShareWrong
from renewals.vault import gcm

#: SLIP-39 knows no more shares; fewer than two would be a copy and no kit.
MOST_SHARES, FEWEST_NEEDED = 16, 2


@dataclass(frozen=True, slots=True)
class WrittenShare:
    """A share as somebody read it from its page; its words checked by themselves."""

    words: str
    kit: int
    number: int
    needed: int

    def __repr__(self) -> str:
        return f"WrittenShare({self.number})"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read 33 words, whatever is between them; raises ShareWrong."""
        words = [word for word in text.lower().split() if not word.rstrip(".").isdecimal()]
        try:
            share = Share.from_mnemonic(" ".join(words))
        except MnemonicError:
            # The library's message repeats words: they are not for anybody's log.
            raise ShareWrong(words=len(words)) from None
        return cls(" ".join(words), share.identifier, share.index + 1, share.member_threshold)


def divide(secret: bytes, *, needed: int, shares: int) -> list[str]:
    """Divide a key into ``shares`` of which ``needed`` bring it back; each is a line of words.

    Raises:
        KitOutOfBounds: not so many.
    """
    if not FEWEST_NEEDED <= needed <= shares <= MOST_SHARES:
        raise KitOutOfBounds(needed=needed, shares=shares, most=MOST_SHARES)
    made: list[list[str]] = generate_mnemonics(1, [(needed, shares)], secret)
    return made[0]


def require_companion(share: WrittenShare, before: Sequence[WrittenShare]) -> None:
    """Refuse a share of another kit, or one that was given already. Raises ShareOfAnotherKit."""
    for other in before:
        if other.kit != share.kit or other.number == share.number:
            raise ShareOfAnotherKit


def unite(shares: Sequence[WrittenShare], *, key_id: str) -> bytes:
    """Bring the key back.

    Raises:
        SharesTooFew: more are needed.
        ShareOfAnotherKit: they are not of one kit.
        MasterKeyWrong: what comes out is no master key.
    """
    needed = shares[0].needed if shares else FEWEST_NEEDED
    if len(shares) < needed:
        raise SharesTooFew(needed=needed, given=len(shares))
    try:
        secret: bytes = combine_mnemonics([share.words for share in shares[:needed]])
    except MnemonicError:
        raise ShareOfAnotherKit from None
    if len(secret) != gcm.KEY_BYTES:
        raise MasterKeyWrong(key_id=key_id)
    return secret


def control_number(key_id: str, secret: bytes) -> str:
    """Eight letters that are printed on every share and shown again when the key is back; they give nothing away.

    The key is 256 random bits: 32 bits of a hash over it neither help to guess it nor tell two kits of it apart.
    """
    digest = hashlib.sha256(b"vigencia control number\0" + key_id.encode() + b"\0" + secret).hexdigest()
    return f"{digest[:4]}-{digest[4:8]}".upper()
