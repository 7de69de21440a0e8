"""Parameters that need no file: Philox4x32-10 keyed by (seed, tensor name), the same float32 bits as src/check/formula.ts."""

import numpy as np

MASK = np.uint64(0xFFFFFFFF)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL = 0x9E3779B9, 0xBB67AE85


def words(count, key, stream=0):
    """The first `count` words of a stream: block b is Philox of the counter (b, stream, 0, 0)."""
    blocks = -(-count // 4)
    c0 = np.arange(blocks, dtype=np.uint64)
    c1, c2, c3 = (np.full(blocks, value, np.uint64) for value in (stream, 0, 0))
    k0, k1 = key
    for _ in range(10):
        product0, product1 = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1 = (product1 >> np.uint64(32)) ^ c1 ^ np.uint64(k0), product1 & MASK
        c2, c3 = (product0 >> np.uint64(32)) ^ c3 ^ np.uint64(k1), product0 & MASK
        k0, k1 = (k0 + WEYL[0]) & 0xFFFFFFFF, (k1 + WEYL[1]) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], 1).ravel()[:count]


def fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def uniform(name, count, seed):
    """Multiples of 2⁻²³ in [−1, 1)."""
    return ((words(count, (seed, fnv1a(name))) >> np.uint64(8)) / 2.0**23 - 1).astype(np.float32)


def values(name, shape, seed):
    """Scaled so that a deep network's activations keep their size: He's bound for convolutions, near 1 for norms."""
    u = uniform(name, int(np.prod(shape)), seed).reshape(shape)
    if len(shape) == 4:
        return u * np.float32(np.sqrt(6 / (shape[0] * shape[2] * shape[3])))
    if len(shape) == 2:
        return u * np.float32(1 / np.sqrt(shape[1]))
    quarter = u * np.float32(0.25)
    return quarter + np.float32(1) if name.endswith(("weight", "running_var")) else quarter
