"""The place of a process in a cluster, and each way to give it wrongly."""

from __future__ import annotations

import pytest

from config.cluster_place import Place, cluster_place
from config.errors import UserError


def test_no_flags_are_no_cluster() -> None:
    assert cluster_place(None, None) is None
    assert cluster_place(None, " ") is None


@pytest.mark.parametrize("address", ["127.0.0.1:2101", "worker-0.lasttouch.svc:1", "[::1]:65535", "w_1:80"])
def test_a_place(address: str) -> None:
    assert cluster_place(1, f"other:1, {address}") == Place(1, ("other:1", address))


@pytest.mark.parametrize(
    ("process", "addresses", "said"),
    [
        (0, None, "--process: 0 is in no cluster"),
        (None, "a:1,b:1", "--addresses: which of the 2 processes"),
        (2, "a:1,b:1", "--process: 2 is none of the 2"),
        (-1, "a:1,b:1", "--process: -1 is none of the 2"),
        (0, "a:1,a:1", "--addresses: a:1 is there twice"),
        (0, "a", "--addresses: 'a' is no address"),
        (0, "a:0", "--addresses: 'a:0' is no address"),
        (0, "a:65536", "--addresses: 'a:65536' is no address"),
        (0, "http://a:1", "--addresses: 'http://a:1' is no address"),
        (0, ",".join(f"a:{port}" for port in range(1, 66)), "--addresses: 65 are too many"),
    ],
)
def test_a_wrong_one_is_named_with_the_fix(process: int | None, addresses: str | None, said: str) -> None:
    with pytest.raises(UserError) as refused:
        cluster_place(process, addresses)
    assert str(refused.value).startswith(said)
