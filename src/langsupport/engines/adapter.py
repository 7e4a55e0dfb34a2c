"""A low-rank adapter on the disk, and its share of a weight.

A NumPy archive with two matrices for each adapted one: `<name>.lora_A` (rank, columns) and `<name>.lora_B`
(rows, rank); what is added to the weight is `scale` times B x A. `<name>` is the hub's name of the weight
(model.layers.0.mlp.up_proj). LoRA: https://arxiv.org/abs/2106.09685
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, BinaryIO

from langsupport.engines.gguf_names import hub_name
from langsupport.errors import ModelDamaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Adapter:
    """Raises ModelDamaged if the archive is no adapter."""

    def __init__(self, archive: BinaryIO, model: str, scale: float) -> None:
        import numpy as np

        try:
            with np.load(archive) as found:
                self._matrices: dict[str, NDArray[np.float32]] = {
                    name: found[name].astype(np.float32) for name in found.files
                }
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise ModelDamaged(model=model, detail=f"its adapter can't be read ({error}).") from error
        names = {name.rsplit(".", 1)[0] for name in self._matrices}
        self._scale, self._model = scale, model
        lacking = [f"{n}.{part}" for n in names for part in ("lora_A", "lora_B") if f"{n}.{part}" not in self._matrices]
        if lacking or not names:
            detail = f"its adapter lacks {', '.join(sorted(lacking)) or 'any matrix'}."
            raise ModelDamaged(model=model, detail=detail)

    def merged(self, gguf_name: str, rows: NDArray[np.float32], start: int) -> NDArray[np.float32]:
        """`rows` of a weight, beginning with its row `start`, with the adapter's share added."""
        name = (hub_name(gguf_name) or "").removesuffix(".weight")
        if f"{name}.lora_A" not in self._matrices:
            return rows
        wide, tall = self._matrices[f"{name}.lora_A"], self._matrices[f"{name}.lora_B"]
        if wide.shape[1] != rows.shape[1] or tall.shape[0] < start + len(rows) or tall.shape[1] != wide.shape[0]:
            raise ModelDamaged(model=self._model, detail=f"its adapter does not fit the weight {gguf_name}.")
        merged: NDArray[np.float32] = rows + self._scale * (tall[start : start + len(rows)] @ wide)
        return merged
