"""What NumPy and SciPy say of made-up age predictions: metrics.json."""

import json
from pathlib import Path

import numpy as np
from scipy import integrate, stats

FILE = Path(__file__).parent / "metrics.json"
LEVELS = np.arange(1, 20) / 20
BINS = 6


def predictions():
    """48 pictures of 40 patients in four folds, rounded so that errors tie; one is predicted exactly."""
    generator = np.random.default_rng(20230118)
    n = 48
    age = np.round(generator.uniform(20, 85, n), 1)
    mean = np.round(52 + 0.8 * (age - 52) + generator.normal(0, 5, n))
    age[5] = mean[5] = 61.0
    sigma = np.round(generator.uniform(3, 8, n), 2)
    return {
        "subject": [f"p{i % 40}" for i in range(n)],
        "fold": [i % 40 % 4 for i in range(n)],
        "age": age,
        "mean": mean,
        "sigma": sigma,
        "training_mean": np.full(n, 50.5),
    }


def icc_2_1(ratings):
    """Two-way analysis of variance of subjects × raters, by its sums of squares."""
    n, k = ratings.shape
    grand = ratings.mean()
    rows = k * ((ratings.mean(1) - grand) ** 2).sum() / (n - 1)
    columns = n * ((ratings.mean(0) - grand) ** 2).sum() / (k - 1)
    rest = ratings - ratings.mean(1, keepdims=True) - ratings.mean(0, keepdims=True) + grand
    error = (rest**2).sum() / ((n - 1) * (k - 1))
    return (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)


def crps(age, mean, sigma):
    """By its definition: ∫ (F(x) − [x ≥ age])² dx."""
    below = integrate.quad(lambda x: stats.norm.cdf(x, mean, sigma) ** 2, mean - 12 * sigma - 40, age, epsabs=1e-11)[0]
    above = integrate.quad(lambda x: stats.norm.sf(x, mean, sigma) ** 2, age, mean + 12 * sigma + 40, epsabs=1e-11)[0]
    return below + above


def coverage(data, level):
    low, high = stats.norm.interval(level, data["mean"], data["sigma"])
    return np.mean((low <= data["age"]) & (data["age"] <= high))


def calibration(data):
    age, mean, sigma = data["age"], data["mean"], data["sigma"]
    quantiles = [np.mean(age <= stats.norm.ppf(level, mean, sigma)) for level in LEVELS]
    intervals = [coverage(data, level) for level in LEVELS]
    parts = np.array_split(np.argsort(sigma, kind="stable"), BINS)
    rms = np.array([np.sqrt(np.mean(sigma[rows] ** 2)) for rows in parts])
    rmse = np.array([np.sqrt(np.mean((mean - age)[rows] ** 2)) for rows in parts])
    return {
        "sharpness": np.sqrt(np.mean(sigma**2)),
        "quantile_calibration_error": np.abs(quantiles - LEVELS).mean(),
        "interval_calibration_error": np.abs(intervals - LEVELS).mean(),
        "nll": -stats.norm.logpdf(age, mean, sigma).mean(),
        "crps": np.mean([crps(*row) for row in zip(age, mean, sigma)]),
        "normalised_calibration_error": np.mean(np.abs(rms - rmse) / rms),
        "bin_mae": [np.abs(mean - age)[rows].mean() for rows in parts],
        "quantile": quantiles,
        "interval": intervals,
    }


def errors(data):
    age, mean = data["age"], data["mean"]
    error = mean - age
    return {
        "mae": np.abs(error).mean(),
        "absolute_error_sd": np.abs(error).std(ddof=1),
        "median_absolute_error": np.median(np.abs(error)),
        "rmse": np.sqrt(np.mean(error**2)),
        "bias": error.mean(),
        "r2": 1 - (error**2).sum() / ((age - age.mean()) ** 2).sum(),
        "pearson": stats.pearsonr(age, mean)[0],
        "icc": icc_2_1(np.stack([age, mean], 1)),
        "ratio": np.abs(error).mean() / np.abs(age - data["training_mean"]).mean(),
    }


def agreement(data):
    error = data["mean"] - data["age"]
    line = stats.linregress((data["mean"] + data["age"]) / 2, error)
    sd = error.std(ddof=1)
    return {
        "bias": error.mean(),
        "sd": sd,
        "lower_limit": error.mean() - 1.96 * sd,
        "upper_limit": error.mean() + 1.96 * sd,
        "slope": line.slope,
        "intercept": line.intercept,
    }


def age_gap(data):
    """Each fold's gaps less the line of gap on age through all other folds."""
    gap = data["mean"] - data["age"]
    corrected = np.empty_like(gap)
    for fold in range(4):
        own = np.array(data["fold"]) == fold
        line = stats.linregress(data["age"][~own], gap[~own])
        corrected[own] = gap[own] - (line.slope * data["age"][own] + line.intercept)
    return {"corrected": corrected, "sd": corrected.std(ddof=1), "age_correlation": stats.pearsonr(data["age"], corrected)[0]}


def mae_interval(data):
    """Percentile bootstrap of the MAE over patients, with many resamples: others come close to it."""
    subjects = np.array(data["subject"])
    error = np.abs(data["mean"] - data["age"])
    names = np.unique(subjects)
    sums = np.array([error[subjects == name].sum() for name in names])
    counts = np.array([(subjects == name).sum() for name in names])
    drawn = np.random.default_rng(7).integers(0, len(names), (200_000, len(names)))
    return np.percentile(sums[drawn].sum(1) / counts[drawn].sum(1), [2.5, 97.5])


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return np.asarray(value).tolist()


def main():
    data = predictions()
    content = {
        "predictions": data,
        "errors": errors(data),
        "coverage": {str(level): coverage(data, level) for level in (0.5, 0.8, 0.9, 0.95)},
        "calibration": calibration(data),
        "bland_altman": agreement(data),
        "age_gap": age_gap(data),
        "mae_interval": mae_interval(data),
    }
    FILE.write_text(json.dumps(plain(content), indent=1) + "\n")


if __name__ == "__main__":
    main()
