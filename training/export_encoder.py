"""Turn a fine-tuned encoder into what the package ships: an ONNX graph of 8-bit integers, a vocabulary, the heads.

    python -m training.export_encoder MODEL_FOLDER --output kg/extract/model/accurate/kg_encoder

Dynamic quantisation of ONNX Runtime: weights of matrix products and embeddings as signed 8-bit integers, by channel;
activations are quantised as they come.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from training.base_encoder import fetch, load
from training.encoder import Reader, settings_of


class Vectors(nn.Module):
    """The encoder alone, for one text: word piece ids and shapes, both (1, length), to (1, length, width)."""

    def __init__(self, reader: Reader) -> None:
        """`reader`: the fine-tuned model."""
        super().__init__()
        self.reader = reader

    def forward(self, ids: Tensor, shapes: Tensor) -> Tensor:
        """The vectors of the word pieces; with one text there is nothing to mask."""
        return self.reader.vectors(ids, shapes, None)


def export(reader: Reader, tokenizer: Path, output: Path, quantised: bool = True) -> None:
    """Write `encoder.onnx`, `tokenizer.json` and `heads.npz`."""
    output.mkdir(parents=True, exist_ok=True)
    reader.eval()
    ids, shapes = torch.ones(1, 16, dtype=torch.long), torch.zeros(1, 16, dtype=torch.long)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "encoder.onnx"
        torch.onnx.export(
            Vectors(reader),
            (ids, shapes),
            str(whole),
            input_names=["ids", "shapes"],
            output_names=["vectors"],
            dynamic_shapes={"ids": {1: "length"}, "shapes": {1: "length"}},
            dynamo=True,
            external_data=False,
        )
        target = output / "encoder.onnx"
        if quantised:
            quantize_dynamic(whole, target, weight_type=QuantType.QInt8, per_channel=True)
        else:
            target.write_bytes(whole.read_bytes())
    (output / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    heads = {
        name: value.numpy().astype(np.float16)
        for name, value in reader.state_dict().items()
        if not name.startswith(("bert.", "shapes."))
    }
    np.savez_compressed(output / "heads.npz", **heads)


def main() -> None:
    """Export one model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="the folder that training/encoder.py wrote")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--base-folder", type=Path, default=Path("training/base"))
    parser.add_argument("--float", action="store_true", help="do not quantise")
    arguments = parser.parse_args()
    settings = settings_of(arguments.model)
    onnx_file, _ = fetch(settings["base"], arguments.base_folder)
    reader = Reader(load(onnx_file, settings["layers"]))
    reader.load_state_dict(torch.load(arguments.model / "model.pt", weights_only=True))
    export(reader, arguments.model / "tokenizer.json", arguments.output, not arguments.float)


if __name__ == "__main__":
    main()
