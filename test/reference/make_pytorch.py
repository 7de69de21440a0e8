"""Small PyTorch and NumPy files of weights in every layout, and the values that are in them (weights/).

Values come from formulas, so the same script gives the same bytes. Run by itself:
    python3 make_pytorch.py
"""

import argparse
import io
import json
import pickle
import struct
import sys
import tarfile
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from conformance import write_safetensors

FOLDER = Path(__file__).parent / "weights"


def numbers(*shape):
    """Values in [-2, 2) in an order that no transposition keeps."""
    count = int(np.prod(shape))
    steps = np.arange(1, count + 1, dtype=np.float64) * 0.6180339887498949 % 1.0
    return torch.tensor((steps * 4 - 2).reshape(shape).astype(np.float32))


def everything():
    """A state dict with every data type and every way a tensor can lie in its storage."""
    base = numbers(6, 8)
    state = OrderedDict()
    state["conv1.weight"] = torch.nn.Parameter(numbers(2, 3, 3, 3))
    state["double"] = numbers(3, 2).double()
    state["half"] = numbers(2, 5).half()
    state["brain"] = numbers(7).bfloat16()
    state["long"] = torch.tensor([1, -2, 2**40])
    state["int"] = torch.tensor([[5, -6]], dtype=torch.int32)
    state["short"] = torch.tensor([-300, 300], dtype=torch.int16)
    state["char"] = torch.tensor([-128, 127], dtype=torch.int8)
    state["byte"] = torch.tensor([0, 255, 7], dtype=torch.uint8)
    state["truth"] = torch.tensor([True, False, True])
    state["scalar"] = torch.tensor(0.25)
    state["empty"] = torch.zeros(0, 4)
    state["whole"] = base
    state["transposed"] = base.t()
    state["slice"] = base[1:5:2, 2:7]
    state["row"] = base[3]
    state["expanded"] = numbers(4, 1).expand(4, 3)
    state["channels_last"] = numbers(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    state["num_batches_tracked"] = torch.tensor(12)
    return state


def network(prefix):
    state = OrderedDict()
    state[prefix + "conv1.weight"] = numbers(4, 1, 3, 3)
    state[prefix + "bn1.running_mean"] = numbers(4)
    state[prefix + "fc.weight"] = numbers(2, 4)
    state[prefix + "fc.bias"] = numbers(2)
    return state


def expected(name, state):
    arrays = {key: tensor.detach().float().contiguous().numpy() for key, tensor in state.items()}
    dtypes = {key: str(tensor.dtype).removeprefix("torch.") for key, tensor in state.items()}
    write_safetensors(FOLDER / f"{name}.safetensors", arrays, {"dtypes": json.dumps(dtypes)})


def stranger():
    """An object of a class that no reader can have."""
    module = types.ModuleType("project.settings")
    sys.modules["project"] = types.ModuleType("project")
    settings = type("Settings", (), {"__module__": "project.settings", "__qualname__": "Settings"})
    module.Settings = settings
    sys.modules["project.settings"] = module
    instance = settings()
    instance.side = 224
    instance.callback = np.float64
    return instance


def lightning():
    state = network("model._orig_mod.")
    return {
        "epoch": 3,
        "global_step": 100,
        "pytorch-lightning_version": "2.0.0",
        "state_dict": state,
        "loops": {"fit_loop": {"best": np.float32(0.5), "sizes": torch.Size([1, 2])}},
        "callbacks": {"EarlyStopping{'monitor': 'loss'}": {"wait_count": 1, "best_score": torch.tensor(0.5)}},
        "optimizer_states": [{"state": {0: {"step": torch.tensor(7.0), "exp_avg": numbers(4)}}, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999)}]}],
        "lr_schedulers": [],
        "hparams_name": "kwargs",
        "hyper_parameters": {"namespace": argparse.Namespace(depth=18, big=2**70), "settings": stranger(), "names": {"a", "b"}, "path": Path("runs")},
    }


def save_stream(path, value):
    """The layout before 1.6. Storages are named by addresses and sorted by them: both are replaced, so that runs agree."""
    keys = []
    torch.serialization.sorted = lambda found: keys.extend(found) or list(found)
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=False)
    del torch.serialization.sorted
    data = file.getvalue()
    for i, key in enumerate(keys):
        data = data.replace(text(key), text(str(1000 + i)))
    path.write_bytes(data)


def text(value):
    """As a pickle holds it (BINUNICODE)."""
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def save_tar(path, state):
    """The layout of PyTorch 0.1, which no longer can be written: as its reader in torch.serialization expects it."""
    storages, tensors = io.BytesIO(), io.BytesIO()
    arrays = [tensor.detach() for tensor in state.values()]
    pickle.dump(len(arrays), storages, protocol=2)
    pickle.dump(len(arrays), tensors, protocol=2)
    for i, tensor in enumerate(arrays):
        root, tensor_key = 500 + i, 900 + i
        name = tensor.storage().pickle_storage_type()
        pickle.dump((root, "cpu", getattr(torch, name)), storages, protocol=2)
        storages.write(struct.pack("<q", tensor.storage().size()))
        storages.write(bytes(tensor.storage().untyped()))
        pickle.dump((tensor_key, root, getattr(torch, name.replace("Storage", "Tensor"))), tensors, protocol=2)
        tensors.write(struct.pack("<ii", tensor.dim(), 0))
        tensors.write(struct.pack(f"<{2 * tensor.dim() + 1}q", *tensor.size(), *tensor.stride(), tensor.storage_offset()))
    pickle.dump([], storages, protocol=2)  # no views
    members = {"sys_info": pickle.dumps({"protocol_version": 1000, "little_endian": True}, protocol=2)}
    members["pickle"] = tar_pickle(list(state))
    members["tensors"] = tensors.getvalue()
    members["storages"] = storages.getvalue()
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1.5  # not a whole number, so that a pax header is written
            tar.addfile(info, io.BytesIO(data))


def tar_pickle(names):
    """Weights are parameters whose state holds the tensor, buffers the tensors themselves."""
    data = b"\x80\x02ccollections\nOrderedDict\n)R("
    for i, name in enumerate(names):
        tensor = text(str(900 + i)) + b"Q"
        parameter = b"ctorch.nn.parameter\nParameter\n)\x81(" + tensor + b"NN\x88\x89tb"
        data += text(name) + (tensor if "running" in name else parameter)
    return data + b"u."


def save_arrays(folder):
    arrays = {
        "plain/w": numbers(3, 4).numpy(),
        "fortran": np.asfortranarray(numbers(3, 4, 2).numpy()),
        "big": numbers(5).numpy().astype(">f4"),
        "double": numbers(2, 2).numpy().astype("<f8"),
        "half": numbers(6).numpy().astype("<f2"),
        "long": np.array([3, -4]),
        "truth": np.array([[True], [False]]),
        "scalar": np.array(np.float32(1.5)),
        "empty": np.zeros((0, 3), np.float32),
    }
    np.savez(folder / "stored.npz", **arrays)
    np.savez_compressed(folder / "deflated.npz", **arrays)
    np.save(folder / "fortran.npy", arrays["fortran"])
    values = {key: np.ascontiguousarray(array).reshape(array.shape).astype(np.float32) for key, array in arrays.items()}
    dtypes = {key: array.dtype.newbyteorder("=").name for key, array in arrays.items()}
    write_safetensors(folder / "arrays.safetensors", values, {"dtypes": json.dumps(dtypes)})


def deflate(source, target):
    """The same archive as a packing program would leave it."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.save(everything(), FOLDER / "everything.pt")
    save_stream(FOLDER / "everything-stream.pt", everything())
    deflate(FOLDER / "everything.pt", FOLDER / "everything-deflated.pt")
    expected("everything", everything())
    torch.save(lightning(), FOLDER / "lightning.ckpt")
    save_stream(FOLDER / "parallel-stream.pth", {"best_prec1": 91.5, "state_dict": network("module.")})
    for protocol in (1, 3, 4, 5):
        torch.save({"net": network("net.")}, FOLDER / f"protocol-{protocol}.pt", pickle_protocol=protocol)
    torch.manual_seed(1)
    torch.save({"model": torch.nn.Linear(2, 2)}, FOLDER / "whole-module.pt")
    save_tar(FOLDER / "old.pth", network(""))
    assert all(torch.equal(a, b) for a, b in zip(torch.load(FOLDER / "old.pth").values(), network("").values()))
    assert all(torch.equal(a, b) for a, b in zip(torch.load(FOLDER / "everything-stream.pt").values(), everything().values()))
    expected("network", network(""))
    save_arrays(FOLDER)


if __name__ == "__main__":
    main()
