"""What did RC2 encrypt?

The certificates in old PFX files are under RC2 with 40 bits, and the library's RC2 knows 128 bits only. Decryption
only, after RFC 2268; nothing new is ever encrypted with it. Pure Python: about 50 microseconds a block.
"""

import struct

# The digits of pi, in an order that RFC 2268, section 2, gives as a table.
_PI = bytes.fromhex(
    "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2"
    "179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82"
    "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626"
    "6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7"
    "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec"
    "c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731"
    "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9"
    "0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad"
)
_BLOCK = struct.Struct("<4H")
_ROTATIONS = (1, 2, 3, 5)


def decrypt_cbc(key: bytes, effective_bits: int, vector: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks of eight octets in CBC mode; the padding stays. Raises ValueError for broken blocks."""
    if len(vector) != _BLOCK.size or len(data) % _BLOCK.size:
        raise ValueError("RC2 works on whole blocks of eight octets")
    schedule = _expand(key, effective_bits)
    clear = bytearray()
    previous = vector
    for offset in range(0, len(data), _BLOCK.size):
        block = data[offset : offset + _BLOCK.size]
        mixed = int.from_bytes(_decrypt_block(schedule, block), "big") ^ int.from_bytes(previous, "big")
        clear += mixed.to_bytes(_BLOCK.size, "big")
        previous = block
    return bytes(clear)


def _expand(key: bytes, effective_bits: int) -> tuple[int, ...]:
    """The 64 words of the key schedule (RFC 2268, 2)."""
    length = len(key)
    buffer = bytearray(key) + bytearray(128 - length)
    for index in range(length, 128):
        buffer[index] = _PI[buffer[index - 1] + buffer[index - length] & 0xFF]
    kept = (effective_bits + 7) // 8
    buffer[128 - kept] = _PI[buffer[128 - kept] & 0xFF >> 8 * kept - effective_bits]
    for index in range(127 - kept, -1, -1):
        buffer[index] = _PI[buffer[index + 1] ^ buffer[index + kept]]
    return struct.unpack("<64H", buffer)


def _decrypt_block(schedule: tuple[int, ...], block: bytes) -> bytes:
    """Sixteen mixing rounds backwards, with a mashing round after the fifth and the eleventh (RFC 2268, 4)."""
    words = list(_BLOCK.unpack(block))
    for mixing in range(15, -1, -1):
        for index in (3, 2, 1, 0):
            rotation = _ROTATIONS[index]
            word = words[index]
            word = (word >> rotation | word << 16 - rotation) & 0xFFFF
            chosen = words[index - 1] & words[index - 2] | ~words[index - 1] & words[index - 3]
            words[index] = word - schedule[4 * mixing + index] - chosen & 0xFFFF
        if mixing in {11, 5}:
            for index in (3, 2, 1, 0):
                words[index] = words[index] - schedule[words[index - 1] & 63] & 0xFFFF
    return _BLOCK.pack(*words)
