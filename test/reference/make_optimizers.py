"""Reference cases of optimisers: `steps` updates of one parameter with given gradients."""

import numpy as np
import torch

from conformance import TORCH, float32, generator, normal, write_case, write_index

# what: (shape, steps, keyword arguments)
ADAMW = {
    "1-step": ((13, 7), 1, {"lr": 1e-3}),
    "10-steps": ((13, 7), 10, {"lr": 1e-3}),
    "10-steps-no-decay": ((257,), 10, {"lr": 0.01, "weight_decay": 0.0}),
    "10-steps-betas": ((3, 4, 5), 10, {"lr": 0.1, "betas": [0.5, 0.9], "eps": 1e-3, "weight_decay": 0.2}),
    "zero-gradient": ((33,), 3, {"lr": 0.05}),
    "long": ((8209,), 2, {"lr": 1e-3}),
}


def adamw(what, shape, steps, arguments):
    name = f"adamw-{what}"
    random = generator(name)
    start = normal(random, *shape)
    gradients = normal(random, steps, *shape) * (0 if what == "zero-gradient" else 1)
    parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    options = dict(arguments, betas=tuple(arguments.get("betas", (0.9, 0.999))))
    optimizer = torch.optim.AdamW([parameter], **options)
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    params = {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01} | arguments | {"steps": steps}
    tensors = {"in.param": start, "in.grad": gradients.astype(np.float32), "out.param": float32(parameter)}
    write_case(name, "adamw", params, TORCH, tensors, rtol=1e-5, atol=1e-6)


def main():
    for what, case in ADAMW.items():
        adamw(what, *case)


if __name__ == "__main__":
    main()
    write_index()
