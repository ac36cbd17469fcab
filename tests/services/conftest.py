"""Which private servers do these tests share?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import skip_or_fail
from tests.servers import BinaryMissing, private_postgres, private_redis

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis of the test's own; skips with the reason where it is not installed."""
    try:
        with private_redis() as url:
            yield url
    except BinaryMissing as missing:
        skip_or_fail(str(missing))


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of the test's own; skips with the reason where it is not installed."""
    try:
        with private_postgres() as url:
            yield url
    except BinaryMissing as missing:
        skip_or_fail(str(missing))
