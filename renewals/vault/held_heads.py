"""Which signed heads of the history should somebody outside keep?"""

from renewals.audit.statements import Held, newest
from renewals.vault import audit_key


def heads_to_hold() -> str:
    """The newest signed heads with the public half of their key, as text to send; empty before the first."""
    row = newest()
    if row is None:
        return ""
    line, key_id, signature = row
    keys = {key.key_id: key for key in audit_key.public_keys()}
    return Held(line, key_id, keys[key_id].public_key, signature).as_text() if key_id in keys else ""
