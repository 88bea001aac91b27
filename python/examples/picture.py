"""Fits a picture with a SIREN in PyTorch, on the pixels that evos chooses.

    python python/examples/picture.py photo.png --crop 256 --seconds-to 35

Two lines are what it takes: ``selector.select`` in place of a batch of a data loader, and ``selector.report`` with the
squared error of each pixel, out of the loss that is worked out anyway.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from typing import Callable, Iterator

import numpy as np
import torch

import evos


@dataclass
class Outcome:
    """What a run came to."""

    psnr: float
    """Of the last measurement, in dB."""
    seconds: float
    """Of training and choosing; measuring does not count."""
    reached: float | None
    """Seconds to the PSNR asked for; None where it was not reached."""


class Sine(torch.nn.Module):
    """A layer of a SIREN: sin(30·(Wx + b))."""

    def __init__(self, inputs: int, outputs: int, bound: float) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(inputs, outputs)
        torch.nn.init.uniform_(self.linear.weight, -bound, bound)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(30 * self.linear(x))


def siren(width: int = 256, depth: int = 3, channels: int = 3) -> torch.nn.Module:
    """Three times the usual weights in the first layer, one and a half in hidden ones: a picture comes much sooner."""
    hidden = 1.5 * math.sqrt(6 / width) / 30
    layers: list[torch.nn.Module] = [Sine(2, width, 3 / 2)]
    layers += [Sine(width, width, hidden) for _ in range(depth - 1)]
    last = torch.nn.Linear(width, channels)
    torch.nn.init.uniform_(last.weight, -math.sqrt(6 / width) / 30, math.sqrt(6 / width) / 30)
    return torch.nn.Sequential(*layers, last)


def grid(height: int, width: int) -> torch.Tensor:
    """The pixels' places in [−1, 1], row by row."""
    y = torch.linspace(-1, 1, height)
    x = torch.linspace(-1, 1, width)
    return torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).reshape(-1, 2)


Batches = Iterator[tuple[torch.Tensor, Callable[[torch.Tensor], None]]]
"""Indices of a step, and what takes the errors of its pixels."""


def chosen(size: int, count: int, steps: int, seed: int, strategy: str = "evos-online") -> Batches:
    """Batches that evos chooses."""
    with evos.Selector(strategy, size=size, steps=steps, count=count, seed=seed) as selector:
        for step in range(1, steps + 1):
            yield torch.from_numpy(selector.select(step)), selector.report


def shuffled(size: int, count: int, steps: int, seed: int) -> Batches:
    """Batches of a data loader: passes over all pixels in random order."""
    generator = torch.Generator().manual_seed(seed)
    order, at = torch.randperm(size, generator=generator), 0
    for _ in range(steps):
        if at + count > size:
            order, at = torch.randperm(size, generator=generator), 0
        yield order[at : at + count], lambda errors: None
        at += count


def fit(
    picture: np.ndarray,
    batches: Batches,
    steps: int,
    *,
    rate: float = 5e-4,
    seed: int = 1,
    width: int = 256,
    target: float = math.inf,
    measure_every: int = 25,
) -> Outcome:
    """Trains on batches.

    Args:
        picture: ``[height, width, channels]``, 0 to 1.
        target: stop at that PSNR, in dB.
    """
    torch.manual_seed(seed)
    height, columns, channels = picture.shape
    inputs = grid(height, columns)
    targets = torch.from_numpy(picture.reshape(-1, channels).astype(np.float32)) * 2 - 1
    model = siren(width, channels=channels)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, eta_min=rate / 20)
    seconds, psnr = 0.0, 0.0
    start = time.perf_counter()
    for step, (indices, report) in enumerate(batches, 1):
        errors = (model(inputs[indices]) - targets[indices]).square().mean(dim=1)
        # Sent at once: the other process learns from it while the gradient is worked out here.
        report(errors)
        optimizer.zero_grad()
        errors.mean().backward()
        optimizer.step()
        schedule.step()
        if step % measure_every == 0 or step == steps:
            seconds += time.perf_counter() - start
            psnr = psnr_of(model, inputs, targets)
            if psnr >= target:
                return Outcome(psnr, seconds, seconds)
            start = time.perf_counter()
    return Outcome(psnr, seconds, None)


def step_times(picture: np.ndarray, counts: list[int], turns: int, seed: int = 1) -> dict[str, float]:
    """Milliseconds of this thread for a step of each kind, medians of turns of 15 steps: a busy machine slows all of them."""
    size = picture.shape[0] * picture.shape[1]
    steps = 15 * (turns + 1)
    kinds = {"evos-online": chosen, "shuffled": shuffled}
    runs = {
        f"{name:12} {count:6} pixels a step": fit_in_turns(picture, batches(size, count, steps, seed), steps)
        for count in counts
        for name, batches in kinds.items()
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(turns + 1):
        for name, run in runs.items():
            seconds = next(run)
            # The first turn warms up.
            if turn > 0:
                times[name].append(1000 * seconds / 15)
    return {name: float(np.median(own)) for name, own in times.items()}


def fit_in_turns(picture: np.ndarray, batches: Batches, steps: int, rate: float = 5e-4) -> Iterator[float]:
    """Trains 15 steps at a time. Yields the seconds of each turn."""
    height, columns, channels = picture.shape
    inputs = grid(height, columns)
    targets = torch.from_numpy(picture.reshape(-1, channels).astype(np.float32)) * 2 - 1
    model = siren(channels=channels)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    start = time.thread_time()
    for step, (indices, report) in enumerate(batches, 1):
        errors = (model(inputs[indices]) - targets[indices]).square().mean(dim=1)
        report(errors)
        optimizer.zero_grad()
        errors.mean().backward()
        optimizer.step()
        if step % 15 == 0:
            yield time.thread_time() - start
            start = time.thread_time()


def psnr_of(model: torch.nn.Module, inputs: torch.Tensor, targets: torch.Tensor) -> float:
    """Of the picture as it would be shown, in dB."""
    with torch.no_grad():
        rows = [model(part) for part in inputs.split(16384)]
        # Targets are 2 apart from black to white.
        error = (torch.cat(rows).clamp(-1, 1) - targets).square().mean().item() / 4
    return -10 * math.log10(max(error, 1e-12))


def rings(side: int) -> np.ndarray:
    """A picture to try with: rings that grow finer towards a corner, on a smooth ground."""
    y, x = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side), indexing="ij")
    fine = np.where(x + y > 1, 0.5 + 0.5 * np.sin(40 * (x**2 + y**2)), 0.5)
    return np.stack([fine, 0.3 + 0.4 * x, 0.7 - 0.4 * y], axis=-1)


def load(path: str, crop: int) -> np.ndarray:
    """A picture's middle, ``[crop, crop, 3]``, 0 to 1; a .npy has its levels, 0 to 255."""
    if path.endswith(".npy"):
        pixels = np.load(path).astype(np.float32) / 255
    else:
        from PIL import Image

        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"), dtype=np.float32) / 255
    top, left = (pixels.shape[0] - crop) // 2, (pixels.shape[1] - crop) // 2
    return pixels[max(top, 0) : max(top, 0) + crop, max(left, 0) : max(left, 0) + crop]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("picture", nargs="?", help="default: rings of its own")
    parser.add_argument("--crop", type=int, default=256)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--counts", type=int, nargs="+", default=[1311], help="pixels of a step")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--measure-every", type=int, default=25, help="steps")
    parser.add_argument("--turns", type=int, default=0, help="tell the time of a step in so many turns instead, on one thread")
    parser.add_argument("--seconds-to", type=float, default=math.inf, help="stop at so many dB")
    given = parser.parse_args()
    picture = rings(given.crop) if given.picture is None else load(given.picture, given.crop)
    size = picture.shape[0] * picture.shape[1]
    if given.turns > 0:
        torch.set_num_threads(1)
        for name, ms in step_times(picture, given.counts, given.turns, given.seed).items():
            print(f"{name}: {ms:6.2f} ms of the thread")
        return
    for count in given.counts:
        arms = {
            "evos-online": chosen(size, count, given.steps, given.seed),
            "shuffled": shuffled(size, count, given.steps, given.seed),
        }
        for name, batches in arms.items():
            outcome = fit(
                picture,
                batches,
                given.steps,
                rate=given.rate,
                seed=given.seed,
                target=given.seconds_to,
                measure_every=given.measure_every,
            )
            print(f"{name:12} {count:6} pixels a step: {outcome.psnr:5.2f} dB after {outcome.seconds:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
