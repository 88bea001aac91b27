"""Selectors as a trainer uses them, against the process itself."""

from __future__ import annotations

from typing import Iterator

import numpy as np
import pytest

import evos

SIZE = 1000


@pytest.fixture(scope="module")
def server() -> Iterator[evos.Server]:
    with evos.Server() as one:
        yield one


def errors_of(indices: np.ndarray) -> np.ndarray:
    """The first hundred samples are far off."""
    return np.where(indices < 100, 1.0, 1e-4).astype(np.float32)


def run(selector: evos.Selector, steps: int, count: int) -> list[np.ndarray]:
    drawn = []
    for step in range(selector.step + 1, selector.step + steps + 1):
        indices = selector.select(step, count)
        selector.report(errors_of(indices))
        drawn.append(indices)
    return drawn


def test_draws_what_is_far_off_more_often(server: evos.Server) -> None:
    with evos.Selector(size=SIZE, seed=1, count=100, server=server) as selector:
        run(selector, 10, 100)
        later = np.concatenate(run(selector, 20, 100))
        assert np.mean(later < 100) > 0.2
        assert (selector.strategy, selector.size, selector.step) == ("evos-online", SIZE, 30)


def test_a_seed_draws_the_same_in_any_process(server: evos.Server) -> None:
    with evos.Selector(size=SIZE, seed=7, server=server) as selector:
        here = run(selector, 12, 64)
    with evos.Selector(size=SIZE, seed=7) as selector:
        there = run(selector, 12, 64)
    assert [list(each) for each in here] == [list(each) for each in there]


def test_indices_index(server: evos.Server) -> None:
    with evos.Selector("uniform", size=SIZE, server=server) as selector:
        indices = selector.select(count=5)
        assert indices.dtype == np.int64 and indices.shape == (5,)
        assert selector.last is not None and selector.last.wants == () and selector.last.weights is None
        # It wants nothing, and is told nothing.
        selector.report(np.zeros(3))


def test_whole_selections_are_all_samples_in_order(server: evos.Server) -> None:
    with evos.Selector("full", size=SIZE, server=server) as selector:
        assert list(selector.select()) == list(range(SIZE))
        assert selector.last is not None and selector.last.whole


def test_counts_may_change_from_step_to_step(server: evos.Server) -> None:
    with evos.Selector(size=SIZE, server=server) as selector:
        sizes = [3, 500, 1, 64, 2000]
        assert [len(run(selector, 1, size)[0]) for size in sizes] == [3, 500, 1, 64, SIZE]


def test_goes_on_from_a_snapshot(server: evos.Server) -> None:
    with evos.Selector(size=SIZE, seed=3, server=server) as selector:
        run(selector, 15, 80)
        kept = selector.snapshot()
        expected = run(selector, 5, 80)
        selector.restore(kept)
        assert selector.step == 15
        again = run(selector, 5, 80)
    with evos.Selector(size=SIZE, seed=3, server=server) as selector:
        selector.restore(kept)
        elsewhere = run(selector, 5, 80)
    for each in (again, elsewhere):
        assert [list(one) for one in each] == [list(one) for one in expected]


def test_snapshots_are_checked(server: evos.Server) -> None:
    with evos.Selector(size=SIZE, seed=3, server=server) as selector:
        kept = bytearray(selector.snapshot())
    with evos.Selector(size=SIZE, seed=4, server=server) as selector:
        with pytest.raises(evos.ResumeError, match="its seed is 3, this selector's is 4"):
            selector.restore(bytes(kept))
        kept[100] ^= 1
        with pytest.raises(evos.ResumeError, match="damaged"):
            selector.restore(bytes(kept))
        assert len(run(selector, 1, 10)[0]) == 10


def test_reports_may_be_late_and_in_any_order(server: evos.Server) -> None:
    def drawn(order: list[int]) -> list[int]:
        with evos.Selector(size=100, seed=1, lag=2, server=server) as selector:
            chosen = [selector.next(count=20) for _ in range(3)]
            for i in order:
                selector.report(errors_of(chosen[i].indices), selection=chosen[i])
            run(selector, 8, 20)
            return list(selector.select(count=50))

    assert drawn([0, 1, 2]) == drawn([2, 0, 1])


def test_reports_by_step(server: evos.Server) -> None:
    with evos.Selector(size=100, seed=1, lag=1, server=server) as selector:
        first, second = selector.next(count=10), selector.next(count=20)
        selector.report(errors_of(first.indices), step=1)
        selector.report(errors_of(second.indices), selection=second.id)
        with pytest.raises(evos.ArgumentError, match="step must be an integer from 1 to 2, got 3"):
            selector.report(errors_of(first.indices), step=3)
            selector.select()


def test_predictions_in_place_of_errors(server: evos.Server) -> None:
    targets = np.zeros((SIZE, 3))
    with evos.Selector(size=SIZE, seed=1, targets=targets, server=server) as by_predictions:
        with evos.Selector(size=SIZE, seed=1, server=server) as by_errors:
            for _ in range(15):
                indices = by_predictions.select(count=100)
                assert list(by_errors.select(count=100)) == list(indices)
                # A power of two, so that means of squares are exact.
                values = np.where(indices < 100, 1.0, 0.5)
                by_predictions.report(predictions=np.repeat(values[:, None], 3, axis=1))
                by_errors.report(values**2)


def test_samples_that_are_excluded_are_never_drawn(server: evos.Server) -> None:
    mask = np.arange(SIZE) % 2 == 0
    with evos.Selector(size=SIZE, excluded=mask, server=server) as selector:
        assert all(np.all(each % 2 == 1) for each in run(selector, 20, 100))


def test_tiles_stand_for_samples(server: evos.Server) -> None:
    with evos.Selector(size=256 * 128, shape=[128, 256], tile=16, server=server) as selector:
        indices = run(selector, 1, 300)[0]
        assert len(indices) == 300 and indices.max() < 256 * 128


def test_passes_to_score_are_told_apart(server: evos.Server) -> None:
    with evos.Selector("int", size=SIZE, steps=10, server=server) as selector:
        with pytest.raises(evos.ArgumentError, match=r"passes to score .*use next\(\)"):
            selector.select()
        scored = selector.next()
        assert scored.kind == "score" and scored.awaited and scored.wants == ("absolute",)
        selector.report(absolute=errors_of(scored.indices), selection=scored)
        trained = selector.next()
        assert trained.kind == "train" and trained.step == 1 and len(trained) < SIZE


def test_priors_and_shape_reach_the_strategy(server: evos.Server) -> None:
    luma = np.zeros((32, 32))
    luma[:, 16:] = 255
    with evos.Selector("expansive", size=1024, shape=luma.shape, luma=luma, server=server) as selector:
        columns = selector.select() % 32
        assert np.mean((columns >= 14) & (columns <= 17)) > 4 / 32
    with pytest.raises(evos.ArgumentError, match="needs prior"):
        evos.Selector("expansive", size=1024, shape=[32, 32], server=server)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "evos-onlin"}, "Did you mean evos-online"),
        ({"size": 0}, "size must be an integer from 1"),
        ({"size": 2.5}, "size must be an integer from 1"),
        ({"settings": {"ratoi": 1}}, "Did you mean ratio"),
        ({"settings": {"ratio": 2}}, r"ratio must be a number in \(0, 1\], got 2"),
        ({"settings": {"size": 2}}, "has no setting 'size'"),
        ({"lag": 64}, "lag must be an integer from 0 to 63"),
        ({"seed": -1}, "seed must be an integer of at least 0"),
        ({"shape": [3, 3]}, "shape must be .* of all 1000 samples"),
        ({"views": [(3, 3)]}, "views must be .* all 1000 samples"),
        ({"targets": np.zeros(7)}, "targets must be .* N = 1000"),
        ({"targets": "text"}, "targets must be numbers"),
        ({"excluded": np.zeros(7)}, "excluded has 7 numbers, expected 1000"),
        ({"strategy": "soft-mining"}, "not supported from another process"),
        ({"strategy": "error-map"}, "needs views"),
    ],
)
def test_what_cannot_be_is_refused(server: evos.Server, options: dict[str, object], message: str) -> None:
    with pytest.raises(evos.ArgumentError, match=message):
        evos.Selector(**{"size": SIZE, "server": server, **options})  # type: ignore[arg-type]


def test_errors_of_calls_leave_the_selector_as_it_was(server: evos.Server) -> None:
    with evos.Selector(size=SIZE, seed=1, steps=3, server=server) as selector:
        with pytest.raises(evos.ArgumentError, match="Step 2 was asked for, but 1 comes next"):
            selector.select(2)
        indices = selector.select(1, 10)
        with pytest.raises(evos.ArgumentError, match="errors has 1 numbers, expected 10.*not their mean"):
            selector.report(0.5)
        selector.report(np.full(10, np.nan))
        # Told late, in the place of what comes next, which then is still to come.
        with pytest.raises(evos.ArgumentError, match="NaN"):
            selector.select(2, 10)
        selector.report(errors_of(indices))
        assert len(selector.select(2, 10)) == 10


def test_a_closed_selector_says_so(server: evos.Server) -> None:
    selector = evos.Selector(size=SIZE, server=server)
    selector.close()
    selector.close()
    with pytest.raises(evos.ArgumentError, match="closed"):
        selector.select()


def test_what_was_wrong_last_is_raised_at_the_end(server: evos.Server) -> None:
    with pytest.raises(evos.ArgumentError, match="-1"):
        with evos.Selector(size=SIZE, server=server) as selector:
            selector.select(count=2)
            selector.report([-1, -1])
