"""What a campaign is called is what was said last, however often and in whatever order it is said (contract §1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from state.campaign_names import CampaignNames, restored
from state.events import CampaignName

SAID = st.builds(
    CampaignName,
    st.sampled_from(["acme", "other"]),
    st.sampled_from(["email", "sms"]),
    st.sampled_from(["k1", "k:2"]),
    st.sampled_from(["Spring", "Весна", "spring"]),
    st.integers(0, 3),
)


def called(names: CampaignNames) -> dict[tuple[str, str, str], str]:
    return {key: said.name for key, said in names.latest.items()}


@given(st.lists(SAID, max_size=8), st.data())
def test_the_latest_name_holds_in_any_order_of_arrival(said: list[CampaignName], data: st.DataObject) -> None:
    names = CampaignNames()
    view: dict[tuple[str, str, str], str] = {}
    for one in data.draw(st.permutations([*said, *said])):
        names.add(one)
        view |= {(told.account, told.channel, told.campaign): told.name for told in names.take_changes()}
    keys = {(one.account, one.channel, one.campaign) for one in said}
    last = {
        key: max((one.time, one.name) for one in said if (one.account, one.channel, one.campaign) == key)[1]
        for key in keys
    }
    assert view == called(names) == last


def test_what_was_said_earlier_changes_nothing() -> None:
    names = CampaignNames()
    names.add(CampaignName("acme", "email", "k1", "Spring sale", 5))
    assert len(names.take_changes()) == 1
    names.add(CampaignName("acme", "email", "k1", "Draft", 4))
    assert names.take_changes() == []


@given(st.lists(SAID, max_size=8))
def test_a_snapshot_keeps_all_names_and_after_a_restart_all_are_told(said: list[CampaignName]) -> None:
    names = CampaignNames()
    for one in said:
        names.add(one)
    again = restored(names.plain())
    assert again.latest == names.latest
    assert again.take_changes() == []
    again.emit_all()
    assert {(told.account, told.channel, told.campaign): told.name for told in again.take_changes()} == called(names)
