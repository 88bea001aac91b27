"""Selectors: which samples each training step sees."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Mapping, Sequence, Union

import numpy as np
import numpy.typing as npt

from . import wire
from .errors import ArgumentError
from .server import Server

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
Values = Union[npt.ArrayLike, Any]
"""Numbers: an array, a list, or a tensor with ``detach``, ``cpu`` and ``numpy``."""


_numbers = itertools.count(1)


@dataclass(frozen=True)
class Selection:
    """What a selector wants the next pass over the network to see."""

    id: int
    """Tells selections of one selector apart: 1 for the first, and so on."""
    step: int
    """The training step, counted from 1. A pass to score has the number of the step that follows it."""
    kind: str
    """``train``: forward, loss, gradient, update. ``score``: forward only."""
    indices: Indices
    """Positions of the samples in the pool, ``[n]``."""
    weights: Floats | None
    """What each sample's loss counts for, ``[n]``; None where all count for 1."""
    whole: bool
    """Whether these are all of the pool's samples, in its own order."""
    ratio: float
    """The share of the pool that the strategy goes by at this step."""
    wants: tuple[str, ...]
    """What to report: ``errors`` and others. Empty: no report is needed."""
    awaited: bool
    """Whether the selector cannot go on before the report."""
    terms: tuple[str, ...]
    """Further loss terms that this step carries."""
    patches: int
    """The first 4·patches samples are patches of 2×2 neighbours, row by row."""

    def __len__(self) -> int:
        return len(self.indices)


class Selector:
    """Decides which samples each training step sees.

    The same settings and seed give the same indices on every machine.

    Args:
        strategy: its name; ``evos-online`` suits most trainers. ``Server().strategies`` lists them with their settings.
        size: number of samples in the pool, N.
        steps: steps of the whole run, for strategies with schedules.
        seed: an integer of at least 0.
        count: draw at most so many samples a step. ``select`` may say otherwise; say here what is usual, since strategies lay
            out their passes over the pool by it. Default: the strategy's own number.
        lag: how many selections later a report is applied, from 0 to 63. Reports may come that late, and one seed draws the
            same samples however late they come.
        settings: the strategy's own settings by their names, ``{"ratio": 0.1}``.
        shape: the extents of the grid that the samples lie on, rows before columns.
        views: rows and columns of each photograph, of a pool that is photographs one behind the other.
        tile: choose among tiles instead of samples, for pools too large to look at each: about so many rows and columns of
            ``shape``, or consecutive samples.
        targets: what the network should answer, ``[N, C]``: ``report(predictions=...)`` then does.
        excluded: samples that must never be drawn, ``[N]``, true or false.
        edges, luma: what some strategies need to know before training, ``[N]``.
        server: a process to share; default: one of its own, which ends with the selector.

    Example:
        >>> with evos.Selector(strategy="evos-online", size=len(pixels), steps=2000, count=4096) as selector:
        ...     for step in range(1, 2001):
        ...         indices = selector.select(step)
        ...         errors = train(indices)  # squared error of each sample, before the update
        ...         selector.report(errors)
    """

    def __init__(
        self,
        strategy: str = "evos-online",
        *,
        size: int,
        steps: int | None = None,
        seed: int | None = None,
        count: int | None = None,
        lag: int = 0,
        settings: Mapping[str, Any] | None = None,
        shape: Sequence[int] | None = None,
        views: Sequence[tuple[int, int]] | None = None,
        tile: int | None = None,
        targets: Values | None = None,
        excluded: Values | None = None,
        edges: Values | None = None,
        luma: Values | None = None,
        server: Server | None = None,
    ) -> None:
        said: dict[str, Any] = {
            "steps": _whole(steps),
            "seed": _whole(seed),
            "count": _whole(count),
            "settings": None if settings is None else dict(settings),
            "shape": None if shape is None else [int(extent) for extent in shape],
            "views": None if views is None else [[int(extent) for extent in view] for view in views],
            "tile": _whole(tile),
        }
        header = {
            "op": "create",
            "strategy": strategy,
            "size": _whole(size),
            "lag": _whole(lag),
            **{name: value for name, value in said.items() if value is not None},
        }
        known = {"targets": targets, "edges": edges, "luma": luma}
        arrays: wire.Arrays = {name: _floats(name, value) for name, value in known.items() if value is not None}
        if excluded is not None:
            arrays["excluded"] = np.ascontiguousarray(np.asarray(_host(excluded)).astype(bool), dtype=np.uint8).ravel()
        self._owns = server is None
        self._server = Server() if server is None else server
        self._name = f"selector {next(_numbers)}"
        self._last: Selection | None = None
        self._closed = False
        try:
            answer, _ = self._server.request({**header, "selector": self._name}, arrays)
        except BaseException:
            if self._owns:
                self._server.close()
            raise
        self.strategy: str = answer["strategy"]
        self.size: int = answer["size"]
        self.needs: tuple[str, ...] = tuple(answer["needs"])
        """What it may want of a trainer, over the whole run."""
        self._step: int = answer["step"]

    @property
    def step(self) -> int:
        """How many training steps are handed out."""
        return self._step

    @property
    def last(self) -> Selection | None:
        """The selection handed out last."""
        return self._last

    def select(self, step: int | None = None, count: int | None = None) -> Indices:
        """The indices of the samples of the next training step, ``[n]``; ``last`` has its weights and what else there is.

        Args:
            step: the step that comes next, counted from 1, to make sure that both sides agree; may be left out.
            count: draw at most so many. May change from call to call.

        Raises:
            ArgumentError: for a step that is not the next one, after the last step, or where a report is awaited.
        """
        if "score" in self.needs:
            raise ArgumentError(
                f"The strategy '{self.strategy}' takes passes to score beside training steps: use next(), and for a selection "
                "whose kind is 'score' run the network forward only."
            )
        return self.next(step, count).indices

    def next(self, step: int | None = None, count: int | None = None, *, revision: int | None = None) -> Selection:
        """The next selection, of a training step or of a pass to score.

        Args:
            step, count: as ``select`` takes them.
            revision: counts up each time the pool's samples were drawn anew: what was learnt of them is then forgotten.
        """
        said = {"step": _whole(step), "count": _whole(count), "revision": _whole(revision)}
        request = {name: value for name, value in said.items() if value is not None}
        header, arrays = self._request({"op": "select", **request})
        whole = bool(header["whole"])
        indices = np.arange(self.size, dtype=np.int64) if whole else arrays["indices"].astype(np.int64)
        selection = Selection(
            id=header["selection"],
            step=header["step"],
            kind=header["pass"],
            indices=indices,
            weights=arrays.get("weights"),
            whole=whole,
            ratio=header["ratio"],
            wants=tuple(header["wants"]),
            awaited=header["awaited"],
            terms=tuple(header.get("terms", ())),
            patches=header.get("patches", 0),
        )
        self._last = selection
        if selection.kind == "train":
            self._step = selection.step
        return selection

    def report(
        self,
        errors: Values | None = None,
        *,
        selection: Selection | int | None = None,
        step: int | None = None,
        **found: Values,
    ) -> None:
        """Hands back what a pass found, in the order of the selection's indices.

        Sent without waiting: what is wrong with a report is raised in place of the next ``select``, ``next`` or ``snapshot``. Where the
        selection wants nothing, nothing is sent.

        Args:
            errors: the squared error of each sample before the update, averaged over channels and not weighted, ``[n]``.
            selection, step: which one it is of, where that is not the last.
            found: ``predictions`` and ``targets`` ``[n, C]``, ``absolute``, ``tangents``, ``frequency`` ``[n]``,
                ``inputGradients`` ``[n, D]``.
        """
        of = self._last if selection is None and step is None else None
        if of is not None and not of.wants:
            return
        given = found if errors is None else {"errors": errors, **found}
        arrays = {name: _floats(name, value) for name, value in given.items()}
        known = selection if isinstance(selection, Selection) else of
        for name in ("errors", "absolute", "tangents"):
            if known is not None and name in arrays and arrays[name].size != len(known):
                raise ArgumentError(
                    f"{name} has {arrays[name].size} numbers, expected {len(known)}, one per sample of selection {known.id}: "
                    "report the error of each sample, not their mean."
                )
        number = selection.id if isinstance(selection, Selection) else selection
        said = {"selection": _whole(number if of is None else of.id), "step": _whole(step)}
        header = {name: value for name, value in said.items() if value is not None}
        self._check_open()
        self._server.post({"op": "report", "selector": self._name, **header}, arrays)

    def snapshot(self) -> bytes:
        """The whole state, reports that wait included: enough to go on bit for bit."""
        _, arrays = self._request({"op": "snapshot"})
        return arrays["snapshot"].tobytes()

    def restore(self, snapshot: bytes) -> None:
        """Goes on from a snapshot of a selector that was made alike; only ``steps`` may differ.

        Raises:
            ResumeError: when it is damaged or of other settings.
        """
        answer, _ = self._request({"op": "restore"}, {"snapshot": np.frombuffer(snapshot, np.uint8)})
        self._step = answer["step"]
        self._last = None

    def close(self) -> None:
        """Lets go of it; of its process, too, where that is its own. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self._server.settle()
        finally:
            if self._owns:
                self._server.close()
            elif not self._server.closed:
                self._server.request({"op": "close", "selector": self._name})

    def _request(self, header: Mapping[str, Any], arrays: wire.Arrays | None = None) -> tuple[wire.Header, wire.Arrays]:
        self._check_open()
        return self._server.request({**header, "selector": self._name}, arrays)

    def _check_open(self) -> None:
        if self._closed:
            raise ArgumentError("The selector is closed: make another one.")

    def __enter__(self) -> Selector:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What went wrong inside is what should be heard of.
        if kind is None:
            self.close()
            return
        try:
            self.close()
        except Exception:
            pass


def _whole(value: int | None) -> int | None:
    """NumPy's integers as Python's; what is none is for the other side to refuse."""
    return int(value) if isinstance(value, np.integer) else value


def _host(values: Values) -> Any:
    """A tensor's numbers where NumPy finds them."""
    for move in ("detach", "cpu"):
        if hasattr(values, move):
            values = getattr(values, move)()
    # NumPy has no bfloat16.
    if hasattr(values, "numpy"):
        return values.float().numpy() if hasattr(values, "float") else values.numpy()
    return values


def _floats(name: str, values: Values) -> Floats:
    try:
        array = np.asarray(_host(values), dtype=np.float32)
    except (TypeError, ValueError) as cause:
        raise ArgumentError(f"{name} must be numbers, got {type(values).__name__}: {cause}.") from cause
    return np.ascontiguousarray(array).ravel()
