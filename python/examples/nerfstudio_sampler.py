"""A nerfstudio PixelSampler that lets evos choose the rays, and the hook that brings it their errors.

nerfstudio hands samplers no loss, so two things are needed:

1. The sampler, in the data manager's configuration. Use ``VanillaDataManagerConfig``: the parallel data manager takes no sampler
   of one's own, and prefetches batches, so that errors would come back for other rays than those last drawn::

       datamanager=VanillaDataManagerConfig(pixel_sampler=EvosPixelSamplerConfig(steps=30000), ...)

   Let all images be in one batch (``train_num_images_to_sample_from=-1``, the default) and of one size: where images are drawn anew from
   time to time, or are of several sizes, nerfstudio draws inside each, and a position says nothing of which image it is.

2. The errors, where the model works out its loss::

       class MyModel(NerfactoModel):
           def get_loss_dict(self, outputs, batch, metrics_dict=None):
               report_errors(outputs["rgb"], batch)
               return super().get_loss_dict(outputs, batch, metrics_dict)

   ``batch`` carries what the sampler put in, ``evos_selection``, so that a batch of the evaluation, which has none, reports nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Type, Union

import torch
from nerfstudio.data.pixel_samplers import PixelSampler, PixelSamplerConfig
from torch import Tensor

import evos


@dataclass
class EvosPixelSamplerConfig(PixelSamplerConfig):
    """Settings of the sampler."""

    _target: Type[Any] = field(default_factory=lambda: EvosPixelSampler)
    strategy: str = "evos-online"
    """How to choose; one that wants errors and takes no passes to score."""
    steps: Optional[int] = None
    """Steps of the whole run, for strategies with schedules."""
    seed: int = 1
    tile: Optional[int] = None
    """Choose among tiles of about so many pixels in a row: for more than some ten million rays."""


class EvosPixelSampler(PixelSampler):
    """Draws the pixels that evos chooses among all of a set of images."""

    config: EvosPixelSamplerConfig

    def __init__(self, config: EvosPixelSamplerConfig, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        self._selector: Optional[evos.Selector] = None
        self._shape: Optional[tuple[int, int, int]] = None
        self._selection: Optional[evos.Selection] = None

    def sample_method(
        self,
        batch_size: int,
        num_images: int,
        image_height: int,
        image_width: int,
        mask: Optional[Tensor] = None,
        device: Union[torch.device, str] = "cpu",
    ) -> Tensor:
        shape = (num_images, image_height, image_width)
        selector = self._selector_for(shape, mask)
        self._selection = selector.next(count=batch_size)
        indices = torch.from_numpy(self._selection.indices).to(device)
        rows = indices.div(image_width, rounding_mode="floor")
        images = rows.div(image_height, rounding_mode="floor")
        return torch.stack([images, rows % image_height, indices % image_width], dim=-1)

    def sample(self, image_batch: Dict[str, Any]) -> Dict[str, Any]:
        if isinstance(image_batch["image"], list):
            raise evos.ArgumentError(
                "The images are of several sizes, so that nerfstudio draws inside each of them: choosing among all is not "
                "supported then. Resize them to one size, or use another sampler."
            )
        self._selection = None
        batch: Dict[str, Any] = super().sample(image_batch)
        batch["evos_selection"] = (self._selector, self._selection)
        return batch

    def _selector_for(self, shape: tuple[int, int, int], mask: Optional[Tensor]) -> evos.Selector:
        if self._selector is None:
            size = shape[0] * shape[1] * shape[2]
            self._selector = evos.Selector(
                self.config.strategy,
                size=size,
                steps=self.config.steps,
                seed=self.config.seed,
                count=min(self.num_rays_per_batch, size),
                tile=self.config.tile,
                # nerfstudio's masks are black where a pixel does not count.
                excluded=None if mask is None else mask[..., 0].reshape(-1) == 0,
            )
            self._shape = shape
        if self._shape != shape:
            raise evos.ArgumentError(
                f"The images were {self._shape} (number, rows, columns) and now are {shape}: keep one set for the whole run, with "
                "train_num_images_to_sample_from=-1."
            )
        return self._selector


def report_errors(predicted: Tensor, batch: Dict[str, Any]) -> None:
    """Hands the errors of a batch's rays back to the sampler that drew them; nothing where another one did.

    Args:
        predicted: colours of the rays, ``[n, 3]``.
        batch: as the model gets it, with ``image``, ``[n, 3]``.
    """
    selector, selection = batch.get("evos_selection", (None, None))
    if selector is None or selection is None:
        return
    with torch.no_grad():
        target = batch["image"][..., :3].to(predicted.device)
        selector.report((predicted - target).square().mean(dim=-1), selection=selection)
