"""A loop over rays whose number changes from step to step, as nerfacc's trainers have it.

They aim at a fixed number of samples along rays and not at a number of rays: the less of the scene is left to march
through, the more rays go into a step. A selector takes another ``count`` at every step.

    python python/examples/rays.py
"""

from __future__ import annotations

import numpy as np
import torch

import evos

def scene(side: int = 48, views: int = 4) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rays towards a ball with stripes, from around it: origins, directions, colours, ``[N, 3]`` each."""
    origins, directions = [], []
    for angle in np.linspace(0, 2 * np.pi, views, endpoint=False):
        eye = 3 * np.array([np.cos(angle), np.sin(angle), 0.3])
        forward = -eye / np.linalg.norm(eye)
        right = np.cross(forward, [0, 0, 1])
        right /= np.linalg.norm(right)
        up = np.cross(right, forward)
        y, x = np.meshgrid(np.linspace(0.45, -0.45, side), np.linspace(-0.45, 0.45, side), indexing="ij")
        rays = forward + x[..., None] * right + y[..., None] * up
        directions.append((rays / np.linalg.norm(rays, axis=-1, keepdims=True)).reshape(-1, 3))
        origins.append(np.broadcast_to(eye, directions[-1].shape))
    o, d = np.concatenate(origins), np.concatenate(directions)
    along = -(o * d).sum(axis=1)
    reach = along**2 - (o * o).sum(axis=1) + 1
    hit = reach > 0
    point = o + (along - np.sqrt(np.maximum(reach, 0)))[:, None] * d
    stripes = 0.5 + 0.5 * np.sin(12 * point[:, 2])
    ball = np.stack([stripes, 1 - stripes, 0.5 + 0.5 * point[:, 0]], axis=1)
    colours = np.where(hit[:, None], ball, 1.0)
    o, d, c = (torch.from_numpy(np.ascontiguousarray(each, dtype=np.float32)) for each in (o, d, colours))
    return o, d, c


class Field(torch.nn.Module):
    """Density and colour of points, by a small network of their sines and cosines."""

    def __init__(self, octaves: int = 5, width: int = 64) -> None:
        super().__init__()
        self.register_buffer("scales", 2.0 ** torch.arange(octaves))
        self.net = torch.nn.Sequential(
            torch.nn.Linear(6 * octaves, width),
            torch.nn.ReLU(),
            torch.nn.Linear(width, width),
            torch.nn.ReLU(),
            torch.nn.Linear(width, 4),
        )

    def forward(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        angles = (points[..., None] * self.scales).flatten(-2)
        found = self.net(torch.cat([angles.sin(), angles.cos()], dim=-1))
        return torch.nn.functional.softplus(found[..., 0]), found[..., 1:].sigmoid()


def render(field: Field, origins: torch.Tensor, directions: torch.Tensor, samples: int) -> torch.Tensor:
    """Colours of rays on white, by samples at random depths from 1.5 to 4.5."""
    edges = torch.linspace(1.5, 4.5, samples + 1)
    depths = edges[:-1] + (edges[1] - edges[0]) * torch.rand(len(origins), samples)
    density, colour = field(origins[:, None] + depths[..., None] * directions[:, None])
    absorbed = density * (edges[1] - edges[0])
    passed = torch.exp(-(absorbed.cumsum(dim=1) - absorbed))
    weights = passed * (1 - torch.exp(-absorbed))
    return (weights[..., None] * colour).sum(dim=1) + (1 - weights.sum(dim=1, keepdim=True))


def train(
    steps: int = 200, aim: int = 2**13, seed: int = 1, strategy: str = "evos-online"
) -> tuple[list[int], list[float]]:
    """Trains.

    Args:
        aim: samples along rays that a step should have.

    Returns:
        The rays of each step, and the mean squared error over all rays at the start and at the end.
    """
    torch.manual_seed(seed)
    origins, directions, colours = scene()
    field = Field()
    optimizer = torch.optim.Adam(field.parameters(), lr=5e-3)
    counts: list[int] = []
    losses = [measure(field, origins, directions, colours)]
    rays = 128
    with evos.Selector(strategy, size=len(origins), steps=steps, seed=seed) as selector:
        for step in range(1, steps + 1):
            indices = torch.from_numpy(selector.select(step, rays))
            # A real marcher skips empty space and says how many samples it took: fewer as the scene clears up.
            samples = 64 - 32 * step // steps
            rendered = render(field, origins[indices], directions[indices], samples)
            errors = (rendered - colours[indices]).square().mean(dim=1)
            optimizer.zero_grad()
            errors.mean().backward()
            optimizer.step()
            selector.report(errors)
            counts.append(len(indices))
            rays = max(1, aim // samples)
    losses.append(measure(field, origins, directions, colours))
    return counts, losses


def measure(field: Field, origins: torch.Tensor, directions: torch.Tensor, colours: torch.Tensor) -> float:
    """The mean squared error over all rays."""
    with torch.no_grad():
        parts = zip(origins.split(2048), directions.split(2048), colours.split(2048))
        return float(np.mean([(render(field, o, d, 64) - c).square().mean().item() for o, d, c in parts]))


if __name__ == "__main__":
    rays_of_steps, (before, after) = train()
    print(f"{rays_of_steps[0]} rays a step at first, {rays_of_steps[-1]} at the end")
    print(f"mean squared error over all rays {before:.4f} before, {after:.4f} after")
