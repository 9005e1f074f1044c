"""Progress: whoever listens is told everything, and nobody else is."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from evenkeel import progress
from evenkeel.progress import Work
from evenkeel.resampling import resample_encoded


class Heard(progress.Listener):
    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def begin(self, stage: str) -> None:
        self.told.append(("begin", stage))

    def advance(self, done: int, total: int, what: str) -> None:
        self.told.append((done, total, what))

    def work(self, key: str, at: Work | None) -> None:
        self.told.append((key, at))

    def end(self, stage: str, *, steps: int, reused: int, seconds: float) -> None:
        self.told.append(("end", stage, steps, reused, seconds))


def say_all() -> None:
    progress.begin("train")
    progress.advance(1, 2, "smote")
    progress.end("train", steps=2, reused=1, seconds=0.5)


ALL = [("begin", "train"), (1, 2, "smote"), ("end", "train", 2, 1, 0.5)]


def test_a_listener_is_told_everything_in_order() -> None:
    heard = Heard()
    with progress.listening(heard):
        say_all()
    assert heard.told == ALL


def test_every_listener_is_told() -> None:
    outer, inner = Heard(), Heard()
    with progress.listening(outer), progress.listening(inner):
        say_all()
    assert outer.told == inner.told == ALL


def test_after_the_block_nobody_is_told_even_if_it_failed() -> None:
    heard = Heard()
    with pytest.raises(RuntimeError), progress.listening(heard):
        raise RuntimeError
    say_all()
    assert heard.told == []


def test_without_a_listener_nothing_happens() -> None:
    say_all()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    """A listener that is told of every step, however quickly they come."""
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    with progress.listening(listener := Heard()):
        yield listener


def works(heard: Heard) -> list[Work | None]:
    return [at for _, at in heard.told]


def test_work_has_the_names_of_all_around_it_and_is_over_when_the_outermost_is(heard: Heard) -> None:
    with progress.working("smote-enn", "about 3 s expected"), progress.working("SMOTEENN"):
        pass
    outer, inner = (
        Work(("smote-enn",), "about 3 s expected"),
        Work(("smote-enn", "SMOTEENN"), "about 3 s expected"),
    )
    assert works(heard) == [outer, inner, outer, None]
    assert len({key for key, _ in heard.told}) == 1


def test_a_note_can_be_for_a_part_alone(heard: Heard) -> None:
    with progress.working("a", "of all"):
        for note in (None, "", "own"):
            with progress.working("b", note):
                pass
    inner = [at.note for at in works(heard) if at is not None and len(at.names) == 2]
    assert inner == ["of all", "", "own"]


def test_two_pieces_of_work_have_two_keys(heard: Heard) -> None:
    for name in "ab":
        with progress.working(name):
            pass
    assert len({key for key, _ in heard.told}) == 2


def test_a_loop_counts_what_is_done_and_then_stops_counting(heard: Heard) -> None:
    with progress.working("ENN"):
        assert [part.stop for part in progress.slices(25, 10, "rows")] == [10, 20, 25]
    counts = [Work(("ENN",), "", "rows", done, 25) for done in (0, 10, 20)]
    assert works(heard) == [Work(("ENN",)), *counts, Work(("ENN",)), None]


def test_a_loop_that_is_left_or_fails_stops_counting_too(heard: Heard) -> None:
    with progress.working("ENN"):
        for _ in progress.tracked("abc", 3, "letters"):
            break
    with pytest.raises(ZeroDivisionError), progress.working("ENN"):
        for _ in progress.tracked("abc", 3, "letters"):
            1 / 0  # noqa: B018
    assert works(heard) == [Work(("ENN",)), Work(("ENN",), "", "letters", 0, 3), Work(("ENN",)), None] * 2


def test_calls_are_counted_from_any_thread(heard: Heard) -> None:
    with progress.working("forest"):
        count = progress.counter(2, "trees")
        threads = [threading.Thread(target=count) for _ in range(2)]
        for thread in threads:
            thread.start()
            thread.join()
    assert [at.done for at in works(heard) if at is not None and at.total] == [1, 2]


def test_quick_steps_are_told_once_in_a_while() -> None:
    with progress.listening(heard := Heard()), progress.working("ENN"):
        list(progress.tracked(range(100_000), 100_000, "rows"))
        told = [at for at in works(heard) if at is not None and at.total]
    assert 1 <= len(told) < 1_000


def test_muted_work_is_not_told(heard: Heard) -> None:
    with progress.working("trial"), progress.muted(), progress.working("SMOTE"):
        list(progress.slices(10, 5, "rows"))
        progress.counter(1, "trees")()
    assert works(heard) == [Work(("trial",)), None]


def test_without_a_listener_loops_go_on_and_nothing_is_told() -> None:
    heard = Heard()
    with progress.working("ENN"):
        count = progress.counter(3, "letters")
        count()
        with progress.listening(heard):
            assert list(progress.tracked("abc", 3, "letters")) == list("abc")
            count()
    assert heard.told == []


def test_a_library_user_hears_a_sampler_and_gets_the_same_rows(
    heard: Heard, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6_000, 8)), (np.arange(6_000) % 10 == 0).astype(np.int64)

    def resampled() -> np.ndarray:
        return resample_encoded(X, y, [("SMOTEENN", {})], seed=0, classes=("a", "b")).X

    loud = resampled()
    counts = [at for at in works(heard) if at is not None and at.total]
    assert counts
    assert all(at.names[0] == "SMOTEENN" and 0 <= at.done <= at.total <= 12_000 for at in counts)
    progress._listeners.remove(heard)
    try:
        assert np.array_equal(loud, resampled())
    finally:
        progress._listeners.append(heard)
    assert capfd.readouterr() == ("", "")
