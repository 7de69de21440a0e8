/** Errors against predicted σ, in bins of equal numbers of pictures. */
import type { Bootstrap, Estimate } from './bootstrap.ts';
import { mean } from './moments.ts';
import type { Measured, SigmaKey } from './prediction.ts';
import { ascending, weightedMeanOf } from './weighted.ts';

/** Years. */
export interface SigmaBin {
  pictures: number;
  sigma_low: number;
  sigma_high: number;
  mean_sigma: number;
  /** Root of the mean variance σ². */
  rms_sigma: number;
  rmse: number;
  mae: Estimate;
  /** What the MAE is where errors are normal with the predicted σ: √(2/π) times the mean σ. */
  expected_mae: number;
}

const MOST_BINS = 10;
/** Fewer pictures a bin would say nothing. */
const FEWEST = 8;

/** Rows by σ, cut into parts that differ by one picture at most. */
function cut(sigma: Float64Array): Uint32Array[] {
  const order = ascending(sigma);
  const count = Math.max(1, Math.min(MOST_BINS, Math.floor(order.length / FEWEST)));
  const edge = (bin: number): number => Math.floor((bin * order.length) / count);
  return Array.from({ length: count }, (_, bin) => order.subarray(edge(bin), edge(bin + 1)));
}

/** The bins, and the expected normalised calibration error over them (see `Calibration`). */
export function sigmaBins(
  predictions: readonly Measured[],
  key: SigmaKey,
  bootstrap: Bootstrap,
): { bins: SigmaBin[]; normalised_calibration_error: number } {
  const sigma = Float64Array.from(predictions, (each) => each[key]);
  const variance = sigma.map((value) => value * value);
  const absolute = Float64Array.from(predictions, (each) => Math.abs(each.mean - each.age));
  const squared = absolute.map((value) => value * value);
  const parts = cut(sigma);
  const maes = bootstrap.estimate((weights) =>
    Object.fromEntries(parts.map((rows, i) => [String(i), weightedMeanOf(rows, absolute, weights)])),
  );
  const all = new Float64Array(predictions.length).fill(1);
  const bins = parts.map((rows, i): SigmaBin => {
    const meanSigma = weightedMeanOf(rows, sigma, all);
    return {
      pictures: rows.length,
      sigma_low: sigma[rows[0] as number] as number,
      sigma_high: sigma[rows[rows.length - 1] as number] as number,
      mean_sigma: meanSigma,
      rms_sigma: Math.sqrt(weightedMeanOf(rows, variance, all)),
      rmse: Math.sqrt(weightedMeanOf(rows, squared, all)),
      mae: maes[String(i)] as Estimate,
      expected_mae: Math.sqrt(2 / Math.PI) * meanSigma,
    };
  });
  const distances = bins.map(({ rms_sigma, rmse }) => Math.abs(rms_sigma - rmse) / rms_sigma);
  return { bins, normalised_calibration_error: mean(distances) };
}
