"""What the tests of the sink share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    """Closes the partitions of a test."""
    with ExitStack() as stack:
        yield stack
