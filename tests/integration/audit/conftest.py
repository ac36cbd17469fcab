"""Whose history is looked at?"""

from __future__ import annotations

import pytest

from tests.integration.audit.thief import Firm


@pytest.fixture
def firm(vault_keys):
    return Firm()
