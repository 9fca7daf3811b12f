"""NumPy without the threads of its linear algebra, one for each core, which nothing here uses."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # it is read when NumPy is loaded

import numpy as np
from numpy.typing import NDArray

__all__ = ["NDArray", "np"]
