"""The examples run, and do what they are there to show. They need PyTorch; without it they are skipped."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator

import numpy as np
import pytest

import evos

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))


def test_picture_comes_sooner_than_with_shuffled_batches() -> None:
    import picture

    pixels = picture.rings(40)
    size, count, steps = 1600, 80, 300
    ours = picture.fit(pixels, picture.chosen(size, count, steps, 1), steps, width=48)
    theirs = picture.fit(pixels, picture.shuffled(size, count, steps, 1), steps, width=48)
    assert ours.psnr > 22
    assert ours.psnr > theirs.psnr


def test_rays_in_batches_of_changing_size() -> None:
    import rays

    counts, (before, after) = rays.train(steps=80, aim=2**11)
    assert len(set(counts)) > 10
    assert after < before / 2


@pytest.fixture
def nerfstudio(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """nerfstudio itself where it is installed, else what of it a sampler touches (nerfstudio 1.1, pixel_samplers.py)."""
    try:
        import nerfstudio.data.pixel_samplers  # noqa: F401
    except ImportError:
        samplers = types.ModuleType("nerfstudio.data.pixel_samplers")

        @dataclass
        class PixelSamplerConfig:
            num_rays_per_batch: int = 4096

        class PixelSampler:
            def __init__(self, config: Any, **kwargs: Any) -> None:
                self.config = config
                self.num_rays_per_batch = kwargs.get("num_rays_per_batch", config.num_rays_per_batch)

            def sample(self, image_batch: Dict[str, Any]) -> Dict[str, Any]:
                images = image_batch["image"]
                mask = {"mask": image_batch["mask"]} if "mask" in image_batch else {}
                number, height, width, _ = images.shape
                indices = self.sample_method(self.num_rays_per_batch, number, height, width, device="cpu", **mask)  # type: ignore[attr-defined]
                c, y, x = (each.flatten() for each in torch.split(indices, 1, dim=-1))
                assert images[c, y, x].shape[0] == self.num_rays_per_batch
                return {"image": images[c, y, x], "indices": indices}

        samplers.PixelSamplerConfig = PixelSamplerConfig  # type: ignore[attr-defined]
        samplers.PixelSampler = PixelSampler  # type: ignore[attr-defined]
        for name in ("nerfstudio", "nerfstudio.data"):
            monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        monkeypatch.setitem(sys.modules, "nerfstudio.data.pixel_samplers", samplers)
    monkeypatch.delitem(sys.modules, "nerfstudio_sampler", raising=False)
    yield


@pytest.mark.usefixtures("nerfstudio")
def test_nerfstudios_sampler_learns_where_errors_are() -> None:
    import nerfstudio_sampler as example

    images = torch.rand(3, 20, 30, 3)
    # The second image alone is not fitted yet; a corner of the first is masked.
    mask = torch.ones(3, 20, 30, 1)
    mask[0, :10, :10] = 0
    sampler = example.EvosPixelSampler(example.EvosPixelSamplerConfig(num_rays_per_batch=60))
    drawn = []
    for _ in range(60):
        batch = sampler.sample({"image": images, "mask": mask})
        camera, y, x = batch["indices"].T
        assert torch.equal(batch["image"], images[camera, y, x])
        assert bool(mask[camera, y, x].all())
        off = torch.where(camera[:, None] == 1, 0.5, 0.001)
        example.report_errors(batch["image"] + off, batch)
        drawn.append((camera == 1).float().mean().item())
    assert np.mean(drawn[-30:]) > 0.45
    # A batch of the evaluation was drawn by nobody.
    example.report_errors(images[0, 0], {"image": images[0, 0]})
    with pytest.raises(evos.ArgumentError, match="keep one set"):
        sampler.sample({"image": images[:2]})
    with pytest.raises(evos.ArgumentError, match="several sizes"):
        sampler.sample({"image": [images[0]]})


def test_tensors_are_taken_as_they_are() -> None:
    with evos.Selector(size=8, count=4) as selector:
        for kind in (torch.float32, torch.float64, torch.bfloat16):
            selector.select()
            selector.report(torch.ones(4, dtype=kind, requires_grad=True) * 2)
        assert len(selector.select()) == 4
