"""What do these tests seal to?"""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from renewals.clients.companies import create_company
from renewals.vault.envelope import IntakePublicKey
from tests import pairs


@pytest.fixture(autouse=True)
def sealing(settings):
    """Pin an intake key, as every process has one; nobody here can open what is sealed to it."""
    public_key = X25519PrivateKey.generate().public_key()
    settings.INTAKE_PUBLIC_KEY = str(IntakePublicKey("test", public_key))


@pytest.fixture
def company(ana, beto):
    """The company that the pairs of the tests name; ``beto`` works for it."""
    return create_company(
        rfc=pairs.RFC, name="Escuela", responsible=beto, registros_patronales=[pairs.REGISTRO_PATRONAL], by=ana
    )
