"""What do these tests seal to?"""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from renewals.vault.envelope import IntakePublicKey


@pytest.fixture(autouse=True)
def sealing(settings):
    """Pin an intake key, as every process has one; nobody here can open what is sealed to it."""
    public_key = X25519PrivateKey.generate().public_key()
    settings.INTAKE_PUBLIC_KEY = str(IntakePublicKey("test", public_key))
