"""Reference cases of optimisers: `steps` updates of one parameter with given gradients."""

import torch

from conformance import TORCH, float32, generator, normal, write_case, write_index

# torch.optim's defaults of what a case may say
DEFAULTS = {
    "sgd": {"lr": 1e-3, "momentum": 0.0, "dampening": 0.0, "weight_decay": 0.0, "nesterov": False},
    "adam": {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.0},
    "adamw": {"lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01},
}
OPTIMIZERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}

# op: {what: (shape, steps, keyword arguments)}
CASES = {
    "sgd": {
        "1-step": ((13, 7), 1, {"lr": 0.1}),
        "10-steps": ((257,), 10, {"lr": 0.1}),
        "decay": ((13, 7), 10, {"lr": 0.1, "weight_decay": 0.05}),
        "momentum": ((13, 7), 10, {"lr": 0.1, "momentum": 0.9}),
        "momentum-dampening-decay": (
            (3, 4, 5),
            10,
            {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01},
        ),
        "nesterov": ((1031,), 10, {"lr": 0.02, "momentum": 0.8, "weight_decay": 1e-3, "nesterov": True}),
        "maximize": ((9,), 5, {"lr": 0.1, "momentum": 0.5, "maximize": True}),
    },
    "adam": {
        "1-step": ((13, 7), 1, {"lr": 1e-3}),
        "10-steps": ((13, 7), 10, {"lr": 0.01}),
        "10-steps-decay": ((257,), 10, {"lr": 0.01, "weight_decay": 0.1}),
        "10-steps-betas": ((3, 4, 5), 10, {"lr": 0.1, "betas": [0.5, 0.9], "eps": 1e-3, "weight_decay": 0.2}),
        "maximize": ((9,), 5, {"lr": 0.1, "weight_decay": 0.1, "maximize": True}),
    },
    "adamw": {
        "1-step": ((13, 7), 1, {"lr": 1e-3}),
        "10-steps": ((13, 7), 10, {"lr": 1e-3}),
        "10-steps-no-decay": ((257,), 10, {"lr": 0.01, "weight_decay": 0.0}),
        "10-steps-betas": ((3, 4, 5), 10, {"lr": 0.1, "betas": [0.5, 0.9], "eps": 1e-3, "weight_decay": 0.2}),
        "zero-gradient": ((33,), 3, {"lr": 0.05}),
        "long": ((8209,), 2, {"lr": 1e-3}),
    },
}


def updates(op, what, shape, steps, arguments):
    name = f"{op}-{what}"
    random = generator(name)
    start = normal(random, *shape)
    gradients = normal(random, steps, *shape) * (0 if what == "zero-gradient" else 1)
    parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    params = DEFAULTS[op] | arguments
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in params.items()}
    optimizer = OPTIMIZERS[op]([parameter], **options)
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
    tensors = {"in.param": start, "in.grad": gradients.astype("float32"), "out.param": float32(parameter)}
    write_case(name, op, params | {"steps": steps}, TORCH, tensors, rtol=1e-5, atol=1e-6)


def main():
    for op, cases in CASES.items():
        for what, case in cases.items():
            updates(op, what, *case)


if __name__ == "__main__":
    main()
    write_index()
