"""What is made of the very same objects is made once."""

from __future__ import annotations

from reports.identity_cache import IdentityCache


def test_the_same_objects_give_what_they_gave_and_equal_ones_do_not() -> None:
    cache: IdentityCache[object] = IdentityCache(2)
    one, equal = {"a": 1}, {"a": 1}
    made = cache.get((one,), "EUR", object)
    assert cache.get((one,), "EUR", object) is made
    assert cache.get((one,), "JPY", object) is not made
    assert cache.get((equal,), "EUR", object) is not made


def test_what_was_asked_for_longest_ago_is_let_go() -> None:
    cache: IdentityCache[object] = IdentityCache(2)
    objects = [{}, {}, {}]  # type: ignore[var-annotated]  # no matter of what
    first = cache.get((objects[0],), None, object)
    second = cache.get((objects[1],), None, object)
    assert cache.get((objects[0],), None, object) is first
    cache.get((objects[2],), None, object)
    assert cache.get((objects[0],), None, object) is first
    assert cache.get((objects[1],), None, object) is not second
