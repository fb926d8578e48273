"""Questions of many threads put in one go: whoever comes while some are asked goes with the next.

Each is put after it has come up, so its answer is as fresh as one that was asked for alone, and
whoever has no company waits for nobody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class CompanyFailed(Exception):
    """Another thread, which asked for this one too, got no answer."""


@dataclass(slots=True)
class _Seat(Generic[Question, Answer]):
    """A thread that waits for its answer, or for its turn to ask for all who wait."""

    question: Question
    gate: threading.Lock = field(default_factory=threading.Lock)
    """Held until the thread may go on."""
    answer: Answer | None = None
    error: BaseException | None = None
    is_to_ask: bool = False

    def let_go(self) -> None:
        self.gate.release()


class Together(Generic[Question, Answer]):
    """``ask_all`` answers several questions at once, in their order, on the thread it runs on."""

    def __init__(self, ask_all: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._ask_all = ask_all
        self._lock = threading.Lock()
        self._is_asking = False
        self._waiting: list[_Seat[Question, Answer]] = []

    def ask(self, question: Question) -> Answer:
        """The answer. Raises what ``ask_all`` raised, and CompanyFailed to those it asked for.

        So do those who wait for the next turn: nobody waits for two failures.
        """
        seat: _Seat[Question, Answer] | None = None
        with self._lock:
            if self._is_asking:
                seat = _Seat(question)
                seat.gate.acquire()
                self._waiting.append(seat)
            else:
                self._is_asking = True
        if seat is None:
            return self._ask_for([], question)
        seat.gate.acquire()
        if seat.is_to_ask:
            return self._ask_for(self._companions(), question)
        if seat.error is not None:
            raise CompanyFailed from seat.error
        return seat.answer  # type: ignore[return-value]

    def _companions(self) -> list[_Seat[Question, Answer]]:
        """Those who wait by now."""
        with self._lock:
            companions, self._waiting = self._waiting, []
        return companions

    def _ask_for(self, companions: list[_Seat[Question, Answer]], question: Question) -> Answer:
        """Ask for this thread and its companions, and leave the next turn to one who waits."""
        try:
            own, *others = self._ask_all([question, *(each.question for each in companions)])
            answered = list(zip(companions, others, strict=True))
        except BaseException as error:
            self._fail(companions, error)
            raise
        self._pass_on()
        for seat, answer in answered:
            seat.answer = answer
            seat.let_go()
        return own

    def _pass_on(self) -> None:
        with self._lock:
            next_to_ask = self._waiting.pop(0) if self._waiting else None
            self._is_asking = next_to_ask is not None
        if next_to_ask is not None:
            next_to_ask.is_to_ask = True
            next_to_ask.let_go()

    def _fail(self, companions: list[_Seat[Question, Answer]], error: BaseException) -> None:
        with self._lock:
            failed, self._waiting = [*companions, *self._waiting], []
            self._is_asking = False
        for seat in failed:
            seat.error = error
            seat.let_go()
