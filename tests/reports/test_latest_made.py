"""What changes little by little is made of what it was."""

from __future__ import annotations

from reports.latest_made import LatestMade


def test_the_next_is_made_of_the_last_one_for_the_same_key() -> None:
    latest: LatestMade[list[str]] = LatestMade(100)
    assert latest.make("a", lambda before: [f"after {before}"]) == ["after None"]
    assert latest.make("b", lambda before: [f"after {before}"]) == ["after None"]
    assert latest.make("a", lambda before: [f"after {before}"]) == ["after ['after None']"]


def test_no_more_is_kept_than_allowed_and_what_was_made_longest_ago_leaves() -> None:
    latest: LatestMade[list[int]] = LatestMade(6)
    seen: list[tuple[str, bool]] = []

    def make(key: str, length: int) -> None:
        def note(before: list[int] | None) -> list[int]:
            seen.append((key, before is not None))
            return [0] * length

        latest.make(key, note)

    for key in ("a", "b", "a", "c", "a", "b"):
        make(key, 3)
    make("long", 7)
    make("long", 7)
    make("a", 3)
    assert seen == [
        *(("a", False), ("b", False), ("a", True), ("c", False), ("a", True), ("b", False)),
        *(("long", False), ("long", False), ("a", False)),
    ]
