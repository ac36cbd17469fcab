"""Is an exported history of one company what was written? Checks it with Python 3.9 or later and openssl, nothing else.

    python3 verify_company_history.py historial.jsonl --key audit.pem [--held correo.txt]

``--key`` is a public audit key of the firm as you got it from the firm, not from the export; ``--held`` a text with the
signed lines that were mailed. It ends with 0 only if a line that one of your keys signed vouches for the history: links
alone can be made by anybody. What is checked, and how, is told in ``history.md``. It shares no code with the program.
"""

import argparse
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

LINE = re.compile(r"vigencia: history heads 1 (\d+) \S+ [0-9a-f]{64} ([0-9a-f]{64})\n")
HELD = re.compile(r"(vigencia: history heads 1 (\d+) \S+ [0-9a-f]{64} [0-9a-f]{64}) signed")


class Wrong(Exception):
    """Something is not as it was written."""


def main() -> int:
    """Check, and say what was found; 1 if something is wrong, or if nobody vouches for it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("export", type=Path)
    parser.add_argument("--key", type=Path, action="append", default=[])
    parser.add_argument("--held", type=Path)
    asked = parser.parse_args()
    try:
        check(asked.export, asked.key, asked.held.read_text("utf-8", "replace") if asked.held else "")
    except Wrong as wrong:
        print(f"WRONG: {wrong}")
        return 1
    except (OSError, ValueError, KeyError, TypeError, IndexError, struct.error) as error:
        print(f"WRONG: this is not a whole export ({type(error).__name__}: {error})")
        return 1
    return 0


def check(export, keys, held):
    """Check the file line by line."""
    with export.open(encoding="ascii") as file:
        head, *lines = map(json.loads, file)
    if head["what"] != "vigencia: history of one company" or head["format"] != 1 or "events" not in lines[-1]:
        raise Wrong("this is not an export, or its end is missing")
    links = follow(head["chain"], [one for one in lines if "event" in one])
    vouched, numbers = 0, {}
    for one in (one for one in lines if "signed" in one):
        number, position = vouch(one, head["chain"], links)
        if keys:
            verify_signature(one, keys)
        numbers[number] = one["signed"].strip()
        vouched = max(vouched, position)
    told = len(links) - 1
    if lines[-1]["events"] != told:
        raise Wrong(f"{lines[-1]['events']} events were exported, {told} are here")
    if not vouched:
        raise Wrong("no signed line vouches for any event: anybody could have made this up")
    if not keys:
        raise Wrong("NO KEY GIVEN: the signatures were not checked, and anybody could have made this up (--key)")
    compare(held, numbers)
    print(f"{head['rfc']} {head['name']}: {told} events in one unbroken chain.")
    print(f"Signed up to event {vouched}; after it: {told - vouched}, not linked at all yet: {lines[-1]['waiting']}.")
    if told > vouched:
        print(f"For the last {told - vouched} events nobody vouches.")
    print(f"Signatures checked with your key: {len(numbers)}.")


def follow(chain, events):
    """The links of the chain, the first one being what stands before it."""
    links = [bytes(32)]
    for position, one in enumerate(events, start=1):
        told = one["bytes"].encode("latin-1")
        made = struct.pack(">B32sqQqB", 1, links[-1], chain, position, one["event"], one["legacy"]) + told
        link = hashlib.sha256(made).digest()
        if one["position"] != position or link.hex() != one["link"]:
            raise Wrong(f"event {one['event']}, the {position}th of the chain, is not the one that was linked here")
        # Only what was made from columns can be empty: somebody had written there what has no bytes. It tells nothing.
        if (told or not one["legacy"]) and json.loads(told)["company"] != chain:
            raise Wrong(f"event {one['event']} belongs to somebody else")
        links.append(link)
    return links


def vouch(one, chain, links):
    """Number and position of a signed line, if it was made over a head of this chain."""
    found = LINE.fullmatch(one["signed"])
    if not found:
        raise Wrong("a signed line cannot be read")
    number, heads = int(found[1]), found[2]
    leaves = [bytes.fromhex(leaf) for leaf in one["leaves"]]
    position = one["position"]
    if not 0 < position < len(links):
        raise Wrong(f"signed line {number} vouches for event {position}, which is not here: the end is missing")
    if leaves[one["leaf"]] != hashlib.sha256(struct.pack(">BqQ32s", 3, chain, position, links[position])).digest():
        raise Wrong(f"signed line {number} vouches for another event at position {position}")
    if hashlib.sha256(b"\x04" + b"".join(leaves)).hexdigest() != heads:
        raise Wrong(f"signed line {number} does not stand for what is exported with it")
    return number, position


def verify_signature(one, keys):
    """Ask openssl (Ed25519, RFC 8032) whether one of the keys signed the line."""
    with tempfile.TemporaryDirectory() as folder:
        line, signature = Path(folder, "line"), Path(folder, "signature")
        line.write_bytes(one["signed"].encode("ascii"))
        signature.write_bytes(bytes.fromhex(one["signature"]))
        for key in keys:
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin", "-in", str(line)]
            if subprocess.run([*command, "-sigfile", str(signature)], capture_output=True, check=False).returncode == 0:
                return
    raise Wrong(f"none of your keys made the signature of: {one['signed'].strip()}")


def compare(held, numbers):
    """Compare with the lines somebody kept, as far as they vouch for this company."""
    same = 0
    for line, number in HELD.findall(re.sub(r"[>\s]+", " ", held)):
        if int(number) in numbers and numbers[int(number)] != line:
            raise Wrong(f"signed line {number} is not the one that was mailed")
        same += int(number) in numbers
    if held:
        print(f"Lines you hold that vouch for this company: {same}, all the same as here.")


if __name__ == "__main__":
    sys.exit(main())
