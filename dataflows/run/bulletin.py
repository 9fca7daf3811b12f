"""What the processes of a cluster say of themselves, said and heard twice a second by a thread.

What they say is out of date soon after they have died, so that others learn of it also where the connection between
them does not break: a machine without power closes none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Final

import msgspec
import redis
import structlog

from config.errors import Unavailable
from config.stopping import StopRequest
from connectors.view.client import writing_client
from connectors.view.member_keys import MemberKeys
from connectors.view.refusals import is_for_now
from connectors.view.waiting import Stopped
from dataflows.run.members import Member, Settled
from dataflows.run.plan import Plan

BEAT_S: Final = 0.5
GONE_S: Final = 15.0
"""A process that is not heard of for so long is gone; while Redis is away nobody is heard of."""
_POLL_S: Final = 0.05
_SAY_WHO_S: Final = 10.0

_LOG: Final = structlog.get_logger()


class Bulletin:
    """What this process says and what it hears. The thread alone talks to Redis."""

    def __init__(self, keys: MemberKeys, plan: Plan, said: Member, stop: StopRequest) -> None:
        """`plan`: that of this process. `said`: what it says first."""
        self.said = said
        self.number = plan.process
        self.heard: tuple[Member | None, ...] = (None,) * len(plan.addresses)
        self.settled: Settled | None = None
        """What process 0 has settled, as this process knows."""
        self.stop = stop
        self._addresses = plan.addresses
        self._keys = keys
        self._heard_at = [time.monotonic()] * len(plan.addresses)
        self._first_heard: list[Member | None] = [None] * len(plan.addresses)
        """What was found first of each that lives or lived, since it is heard without a break."""
        self._beats = 0
        self._failure: str | None = None
        self._wakes = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._work, name="cluster-bulletin", daemon=True)
        self._thread.start()

    def say(self, said: Member) -> None:
        """From here on this is what the process says."""
        self.said = said
        self._wakes.set()

    def settle(self, settled: Settled) -> None:
        """As process 0: this is what holds for all from here on."""
        self.settled = settled
        self._wakes.set()

    def pause(self) -> None:
        """Wait a little for what others say. Raises `Stopped` on a stop request, `Unavailable` if nothing is heard."""
        if self._failure is not None:
            raise Unavailable(self._failure)
        if self.stop.requested:
            raise Stopped("stopped while the processes of the cluster were waited for")
        time.sleep(_POLL_S)

    def await_all(self) -> tuple[Member, ...]:
        """What the processes say, once all of them say something."""
        say_who_at = time.monotonic() + _SAY_WHO_S
        while None in self.heard:
            self.pause()
            if time.monotonic() > say_who_at:
                absent = [address for address, said in zip(self._addresses, self.heard, strict=True) if said is None]
                _LOG.warning("waiting for the other processes of the cluster", absent=absent)
                say_who_at = time.monotonic() + 6 * _SAY_WHO_S
        return tuple(member for member in self.heard if member is not None)

    def why_over(self, nonces: Sequence[str]) -> str | None:
        """Why the cluster of the processes with these nonces is at its end; None: it is not."""
        if self._failure is not None:
            return self._failure
        for number, (nonce, heard) in enumerate(zip(nonces, self.heard, strict=True)):
            name = f"process {number} at {self._addresses[number]}"
            if heard is None and time.monotonic() - self._heard_at[number] > GONE_S:
                return f"{name} is not heard of any more"
            if heard is not None and heard.nonce != nonce:
                return f"{name} was started anew"
            if heard is not None and heard.is_stopping and number != self.number:
                return f"{name} was asked to stop"
        return None

    def end(self, *, keeps_settled: bool) -> None:
        """Say nothing any more. `keeps_settled`: others still have to read what was settled."""
        self._ended = True
        self._wakes.set()
        self._thread.join(BEAT_S)
        if self._thread.is_alive():
            return  # Redis is away, and what was said expires
        try:
            self._keys.leave(self.number, keeps_settled=keeps_settled)
        except redis.RedisError as error:
            _LOG.info("what this process said of itself expires", error=str(error))

    def _work(self) -> None:
        try:
            while not self._ended:
                self._wakes.clear()
                self._beat()
                self._wakes.wait(BEAT_S)
        except Exception as error:  # noqa: BLE001 - the main thread ends the process with it
            _LOG.exception("what the processes of the cluster say is not heard any more")
            said = " ".join(str(error).split())
            self._failure = f"what the processes of the cluster say in Redis cannot be heard: {said}"

    def _beat(self) -> None:
        try:
            self._beats += 1
            said = msgspec.structs.replace(self.said, is_stopping=self.stop.requested, beat=self._beats)
            self._keys.say(self.number, msgspec.json.encode(said))
            if self.number == 0 and self.settled is not None:
                self._keys.settle(msgspec.json.encode(self.settled))
            self._hear()
        except redis.RedisError as error:
            if not is_for_now(error):
                raise
            # How long they were not heard of is no word about them.
            self._heard_at = [time.monotonic()] * len(self._heard_at)

    def _hear(self) -> None:
        found = [None if said is None else msgspec.json.decode(said, type=Member) for said in self._keys.said()]
        heard = [self._living(number, member) for number, member in enumerate(found)]
        if self.number and (settled := self._keys.settled()) is not None:
            self.settled = msgspec.json.decode(settled, type=Settled)
        now = time.monotonic()
        self._heard_at = [at if said is None else now for at, said in zip(self._heard_at, heard, strict=True)]
        self.heard = tuple(heard)

    def _living(self, number: int, said: Member | None) -> Member | None:
        """What a process says, if it has said something since it was first found: one that was killed takes nothing
        back, and the next one in its place may have been started otherwise."""
        first = self._first_heard[number]
        if said is None or first is None or first.nonce != said.nonce:
            self._first_heard[number] = said
            return None
        return said if said.beat != first.beat else None


@contextmanager
def bulletin(plan: Plan, said: Member, stop: StopRequest) -> Iterator[Bulletin]:
    """The bulletin of the cluster that `plan` has a place in, until the block ends."""
    with closing(writing_client(plan.redis_url)) as client:
        board = Bulletin(MemberKeys(client, len(plan.addresses)), plan, said, stop)
        try:
            yield board
        finally:
            settled = board.settled
            board.end(keeps_settled=settled is not None and settled.refusal is not None)
