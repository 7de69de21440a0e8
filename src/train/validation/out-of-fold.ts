/** Predictions of each study by the network that never saw its patient. */
import type { Gpu } from '../../gpu/index.ts';
import { infer } from '../inference.ts';
import type { AgeModel, Member } from '../model-file.ts';
import { createNetwork, type Network } from '../network.ts';
import type { Pictures } from '../pictures.ts';
import { inYears } from '../standardise.ts';
import type { Reading } from './robustness.ts';

export class OutOfFold {
  readonly #gpu: Gpu;
  /** Of the square pictures that the networks take. */
  readonly side: number;
  readonly #members = new Map<number, { member: Member; network: Network }>();

  /** Puts the networks of all folds on the device. */
  constructor(gpu: Gpu, { network: name, side, members }: AgeModel) {
    this.#gpu = gpu;
    this.side = side;
    for (const member of members) {
      const network = createNetwork(gpu, name);
      network.loadStateDict(member.weights);
      this.#members.set(member.fold, { member, network });
    }
  }

  /** Rows of `pictures` by the network of a fold, `batch` at a time. Years, σ recalibrated. */
  async predict(fold: number, pictures: Pictures, rows: readonly number[], batch: number): Promise<Reading[]> {
    const found = this.#members.get(fold);
    if (!found) throw new Error(`the model has no network of fold ${fold}`);
    const { standardisation, sigmaScale } = found.member;
    const outputs = await infer(this.#gpu, found.network, pictures, rows, batch);
    return outputs.map(({ mu, s }) => {
      const { mean, sigma } = inYears(mu, s, standardisation);
      return { mean, sigma: Math.fround(sigma * sigmaScale) };
    });
  }

  /** One picture of `side` × `side` by the network of a fold. */
  async predictPicture(fold: number, picture: Float32Array<ArrayBuffer>): Promise<Reading> {
    const [reading] = await this.predict(fold, { data: picture, count: 1, side: this.side }, [0], 1);
    return reading as Reading;
  }

  /** Gives the device memory back. */
  release(): void {
    for (const { network } of this.#members.values()) network.dispose();
  }
}
