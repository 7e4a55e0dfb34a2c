"""A low-rank adapter as it is merged into weights."""

from __future__ import annotations

import io

import numpy as np
import pytest

from langsupport.engines.adapter import Adapter
from langsupport.errors import ModelDamaged

NAME = "model.layers.2.mlp.up_proj"


def archive(**matrices: np.ndarray) -> io.BytesIO:
    file = io.BytesIO()
    np.savez(file, **matrices)
    file.seek(0)
    return file


def test_the_product_is_added_to_the_rows_it_belongs_to() -> None:
    chance = np.random.default_rng(1)
    wide, tall = chance.random((4, 6), np.float32), chance.random((10, 4), np.float32)
    adapter = Adapter(archive(**{f"{NAME}.lora_A": wide, f"{NAME}.lora_B": tall}), "tiny", 1.5)
    rows = chance.random((3, 6), np.float32)
    assert np.allclose(adapter.merged("blk.2.ffn_up.weight", rows, 5), rows + 1.5 * tall[5:8] @ wide, atol=1e-6)
    assert adapter.merged("blk.1.ffn_up.weight", rows, 5) is rows, "another layer stays as it is"
    assert adapter.merged("token_embd.weight", rows, 0) is rows


@pytest.mark.parametrize("start", [8, 20])
def test_an_adapter_of_another_size_is_refused(start: int) -> None:
    matrices = {f"{NAME}.lora_A": np.ones((4, 6), np.float32), f"{NAME}.lora_B": np.ones((10, 4), np.float32)}
    adapter = Adapter(archive(**matrices), "tiny", 1.0)
    with pytest.raises(ModelDamaged, match=r"does not fit the weight blk\.2\.ffn_up"):
        adapter.merged("blk.2.ffn_up.weight", np.ones((3, 6), np.float32), start)


def test_half_an_adapter_is_refused() -> None:
    with pytest.raises(ModelDamaged, match="lora_B"):
        Adapter(archive(**{f"{NAME}.lora_A": np.ones((4, 6), np.float32)}), "tiny", 1.0)
    with pytest.raises(ModelDamaged, match="can't be read"):
        Adapter(io.BytesIO(b"nothing"), "tiny", 1.0)
