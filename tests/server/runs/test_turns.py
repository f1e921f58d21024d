"""Turns between users: any order of submitting, taking, ending and withdrawing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from geo.base.errors import MachineError
from server.runs.turns import SERVER, Turns

WAITING, OF_USER, WORKERS = 6, 4, 2
USERS = ["li", "wang", "chen", SERVER]


class FakeWorkers(RuleBasedStateMachine):
    """Two workers take runs; a list of (user, number) in order of arrival is the model."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: Turns[tuple[str, int]] = Turns(most_waiting=WAITING, most_of_user=OF_USER)
        self.waiting: list[tuple[str, int]] = []
        self.running: list[tuple[str, int]] = []
        self.number = 0
        # For each waiting run: the runs of each other user that were taken since it is the oldest.
        self.overtaken: dict[tuple[str, int], Counter[str]] = {}

    @rule(user=st.sampled_from(USERS))
    def submit(self, user: str) -> None:
        self.number += 1
        run = (user, self.number)
        own = sum(one[0] == user for one in [*self.waiting, *self.running])
        refused = (
            "run_user_full" if user != SERVER and own >= OF_USER
            else "run_queue_full" if len(self.waiting) >= WAITING
            else ""
        )  # fmt: skip
        if refused:
            with pytest.raises(MachineError) as caught:
                self.turns.submit(user, run)
            assert caught.value.code == refused
        else:
            self.turns.submit(user, run)
            self.waiting.append(run)
        self._count_oldest()

    def _count_oldest(self) -> None:
        oldest = {user: run for user, run in reversed([(one[0], one) for one in self.waiting])}
        for run in oldest.values():
            self.overtaken.setdefault(run, Counter())

    @precondition(lambda self: len(self.running) < WORKERS)
    @rule()
    def take(self) -> None:
        announced = self.turns.waiting
        run = self.turns.next()
        if run is None:
            assert not self.waiting
            return
        assert announced[0] == run
        assert run == next(one for one in self.waiting if one[0] == run[0]), "the user's oldest"
        self.waiting.remove(run)
        self.running.append(run)
        for other in self.waiting:
            if other[0] != run[0] and other in self.overtaken:
                self.overtaken[other][run[0]] += 1
                assert self.overtaken[other][run[0]] <= 1, "one of each other user first, no more"
        self._count_oldest()

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def worker_ends_or_crashes(self, data: st.DataObject) -> None:
        run = data.draw(st.sampled_from(self.running))
        self.running.remove(run)
        self.turns.ended(run)

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        known = [*self.waiting, *self.running, ("nobody", 0)]
        run = data.draw(st.sampled_from(known))
        assert self.turns.withdraw(run) is (run in self.waiting)
        if run in self.waiting:
            self.waiting.remove(run)
        self._count_oldest()

    @invariant()
    def nothing_is_lost_or_invented(self) -> None:
        assert sorted(self.turns.waiting) == sorted(self.waiting)
        assert sorted(self.turns.running) == sorted(self.running)


TestTurns = FakeWorkers.TestCase
TestTurns.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_two_users_take_turns_whatever_one_of_them_submits() -> None:
    turns: Turns[str] = Turns(most_waiting=10, most_of_user=10)
    for run in ("l1", "l2", "l3", "w1", "l4", "w2"):
        turns.submit(run[0], run)
    assert turns.waiting == ["l1", "w1", "l2", "w2", "l3", "l4"]
    assert [turns.next() for _ in range(7)] == ["l1", "w1", "l2", "w2", "l3", "l4", None]


def test_runs_that_find_a_free_worker_do_not_fill_the_queue() -> None:
    turns: Turns[int] = Turns(most_waiting=1, most_of_user=9)
    turns.submit("li", 1, ahead=1)
    turns.submit("li", 2, ahead=1)
    with pytest.raises(MachineError):
        turns.submit("li", 3, ahead=1)
