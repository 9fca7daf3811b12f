"""What the tokens file says of each source is what there is of it."""

from __future__ import annotations

from api.intake.sources import HOOKS
from config.tokens_file import HOOK_SOURCES, SIGNING_SOURCES


def test_a_token_can_be_bound_to_every_webhook() -> None:
    assert set(HOOK_SOURCES) == set(HOOKS)


def test_a_token_carries_a_key_for_every_source_whose_signature_is_checked_and_no_other() -> None:
    assert set(SIGNING_SOURCES) == {name for name, source in HOOKS.items() if source.is_signed is not None}
