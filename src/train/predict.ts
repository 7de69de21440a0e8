/**
 * From a model file and a volume to an age: the same code and the same bits in Node and in browsers.
 *
 *   const model = decodeModel(bytes, 'model.safetensors');
 *   const predictor = new Predictor(gpu, model);
 *   const { picture, warnings } = await predictor.picture(volume);
 *   const { age, sigma } = await predictor.predict(picture);
 *   const { map, side } = await predictor.explain(picture);
 */
import type { Volume } from '../formats/volume.ts';
import type { Gpu } from '../gpu/index.ts';
import { type AgePrediction, combine, type MemberPrediction } from './ensemble.ts';
import { infer } from './inference.ts';
import type { AgeModel, Member } from './model-file.ts';
import { createNetwork, type Network } from './network.ts';
import { averageDown, type Pictures } from './pictures.ts';
import { kerberRecipe } from './recipe.ts';
import {
  type SaliencyMap,
  type SaliencyOptions,
  type SaliencySettings,
  saliency,
  saliencySettings,
} from './saliency.ts';
import { inYears } from './standardise.ts';

/** Said with every number that comes from a model. */
export function noticeOf(model: Pick<AgeModel, 'synthetic'>): string {
  return model.synthetic
    ? 'Not a medical device. The model was trained on generated bodies: its numbers mean nothing medically.'
    : 'Not a medical device; not for diagnosis or for deciding about a person.';
}

/** A prepared picture, 224 × 224 with values from 0 to 1. */
export interface PreparedPicture {
  picture: Float32Array;
  side: number;
  warnings: readonly string[];
}

export class Predictor {
  readonly model: AgeModel;
  readonly #gpu: Gpu;
  readonly #networks: readonly Network[];

  /** Puts the weights of all members on the device. */
  constructor(gpu: Gpu, model: AgeModel) {
    this.model = model;
    this.#gpu = gpu;
    this.#networks = model.members.map(({ weights }) => {
      const network = createNetwork(gpu, model.network);
      network.loadStateDict(weights);
      return network.eval();
    });
  }

  /** Brings a volume to the model's kind of picture. @throws RefusedError when the volume cannot be used */
  async picture(volume: Volume): Promise<PreparedPicture> {
    const recipe = kerberRecipe(this.#gpu, this.model.recipe);
    const { image, warnings } = await recipe.run(volume);
    return { picture: image, side: recipe.side, warnings };
  }

  /** What the networks take of a prepared picture. */
  input({ picture, side }: PreparedPicture): Pictures {
    return { data: averageDown(picture, side, this.model.side), count: 1, side: this.model.side };
  }

  /** Age in years with its σ, from all members. */
  async predict(prepared: PreparedPicture): Promise<AgePrediction> {
    const [prediction] = await this.predictAll(this.input(prepared), 1);
    return prediction as AgePrediction;
  }

  /**
   * Ages of many pictures, one member after the other, `batch` pictures at a time.
   * @param pictures of the model's side
   * @param onMember called before each member's turn; what it throws ends the work
   */
  async predictAll(pictures: Pictures, batch: number, onMember?: (done: number) => void): Promise<AgePrediction[]> {
    const rows = Array.from({ length: pictures.count }, (_, row) => row);
    const members: MemberPrediction[][] = rows.map(() => []);
    for (const [i, network] of this.#networks.entries()) {
      onMember?.(i);
      const { fold, standardisation, sigmaScale } = this.model.members[i] as Member;
      const outputs = await infer(this.#gpu, network, pictures, rows, batch);
      outputs.forEach(({ mu, s }, row) => {
        const { mean, sigma } = inYears(mu, s, standardisation);
        members[row]?.push({ fold, age: mean, sigma: Math.fround(sigma * sigmaScale), sigma_raw: sigma });
      });
    }
    return members.map(combine);
  }

  /** How a picture is explained with these options. */
  how(options: SaliencyOptions): SaliencySettings {
    return saliencySettings(options, this.model.network, this.model.side);
  }

  /**
   * Where one member, the first unless another fold is named, sees the age.
   * @throws UserError for a layer that the network lacks
   */
  explain(prepared: PreparedPicture, fold?: number, options: SaliencyOptions = {}): Promise<SaliencyMap> {
    const { network, standardisation } = this.member(fold);
    return saliency(this.#gpu, network, this.input(prepared), standardisation, this.how(options));
  }

  /** The network of a fold, the first where none is named, with what the model knows of it. */
  member(fold?: number): Member & { network: Network } {
    const index = fold === undefined ? 0 : this.model.members.findIndex((each) => each.fold === fold);
    const [network, member] = [this.#networks[index], this.model.members[index]];
    if (!network || !member) throw new Error(`the model has no member of fold ${fold}`);
    return { ...member, network };
  }

  /** Gives the device memory back. */
  release(): void {
    for (const network of this.#networks) network.dispose();
  }
}
