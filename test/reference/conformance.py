"""Writer of conformance files (safetensors) and the helper that makes a differentiable case with torch."""

import json
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import torch

torch.set_num_threads(1)  # one order of summation: the same bytes on every machine

CASES = Path(__file__).parent / "cases"
DTYPES = {"float32": "F32", "float16": "F16", "int32": "I32", "uint8": "U8", "bool": "BOOL"}
TORCH = f"torch {torch.__version__} in float64"


def write_safetensors(path, tensors, metadata):
    """Tensors in the order given; the header is padded with spaces so that data start at a multiple of 8 bytes."""
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name, array in tensors.items():
        blob = np.ascontiguousarray(array).tobytes()
        header[name] = {
            "dtype": DTYPES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(blob)],
        }
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def write_case(name, op, params, source, tensors, folder=CASES, **tolerances):
    """One case; `tolerances` are the metadata keys rtol, atol, grad_rtol, grad_atol, exact, min_agreement …"""
    metadata = {"op": op, "params": json.dumps(params), "source": source}
    for key, value in tolerances.items():
        metadata[key] = json.dumps(value)
    write_safetensors(folder / f"{name}.safetensors", tensors, metadata)


def write_index():
    """The names of the shipped cases, for hosts that cannot list a folder."""
    names = sorted(path.stem for path in CASES.glob("*.safetensors"))
    (CASES / "index.json").write_text("".join(["[\n", ",\n".join(f'  "{n}"' for n in names), "\n]\n"]))


def sampled(tensors, limit=251):
    """For each tensor its Euclidean norm and elements floor(i · n / k), i = 0 … k − 1, of its n, k = min(n, limit)."""
    digest = {}
    for name, array in tensors.items():
        flat = array.ravel()
        count = min(flat.size, limit)
        digest[f"norm.{name}"] = np.float32(math.sqrt(np.sum(flat.astype(np.float64) ** 2)))
        digest[f"sample.{name}"] = flat[np.arange(count) * flat.size // count]
    return digest


def generator(name):
    """Random numbers that depend on the case's name alone."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def normal(random, *shape):
    return random.standard_normal(shape).astype(np.float32)


def float32(tensor):
    return tensor.detach().numpy().astype(np.float32)


def stored(tensor, real=np.float32):
    """Real numbers as `real`, integers as int32."""
    return tensor.detach().numpy().astype(real if tensor.is_floating_point() else np.int32)


def differentiable(name, op, params, function, inputs, constants=(), backward=True, **tolerances):
    """Runs `function(**inputs)` in float64 on float32 or float16 inputs and back from a random output gradient.

    `function` returns a tensor (stored as out.y) or a dict whose first entry gets the gradient.
    `constants` names inputs without a gradient. The output has the type of the first input, further ones are float32, and
    each gradient has the type of its input.
    """
    random = generator(name + " output gradient")
    leaves = {k: torch.tensor(v, dtype=torch.float64, requires_grad=k not in constants) for k, v in inputs.items()}
    result = function(**leaves)
    outputs = result if isinstance(result, dict) else {"y": result}
    tensors = {f"in.{k}": v for k, v in inputs.items()}
    first_type = next(iter(inputs.values())).dtype
    types = [first_type] + [np.float32] * (len(outputs) - 1)
    tensors |= {f"out.{k}": stored(v, real) for (k, v), real in zip(outputs.items(), types)}
    if backward:
        first, output = next(iter(outputs.items()))
        gradient = normal(random, *output.shape).astype(first_type)
        tensors[f"grad.out.{first}"] = np.asarray(gradient)
        output.backward(torch.tensor(gradient, dtype=torch.float64))
        tensors |= {f"grad.in.{k}": stored(v.grad, inputs[k].dtype) for k, v in leaves.items() if v.grad is not None}
    write_case(name, op, params, TORCH, tensors, **tolerances)
