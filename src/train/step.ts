import type { Gpu, GpuBuffer, Recording } from '../gpu/index.ts';
import { AnomalyDetector, autocast, functional, keep, type optim, scope, type Tensor, zeros } from '../nn/index.ts';
import type { Network } from './network.ts';

/** Losses kept on the device between two readings. */
const RING = 64;

/**
 * One optimiser step: forward, loss, backward, update. The first call runs it eagerly and records it; later calls refresh
 * the inputs and replay, so that JavaScript costs next to nothing. Losses collect in a ring on the device. Where the
 * optimiser has a scaler, the network runs in mixed precision and the loss is scaled.
 *
 * With `detectAnomaly` every tensor of the step is looked through for NaN and infinities; gradients only without a scaler,
 * which takes those that overflow as a matter of course.
 */
export class TrainStep {
  readonly #gpu: Gpu;
  readonly #network: Network;
  readonly #optimizer: optim.AdamW;
  readonly #pictures: Tensor;
  readonly #targets: Tensor;
  readonly #loss: GpuBuffer;
  readonly #ring: GpuBuffer;
  readonly #detector: AnomalyDetector | null;
  readonly #prepare: ((pictures: GpuBuffer) => void) | undefined;
  #recording: Recording | null = null;
  #waiting = 0;

  /**
   * @param side of the square pictures; every step takes `batch` of them
   * @param prepare queues what makes the pictures of a step, [batch, 1, side, side], on the device; part of the recording
   */
  constructor(
    gpu: Gpu,
    network: Network,
    optimizer: optim.AdamW,
    batch: number,
    side: number,
    { detectAnomaly = false, prepare }: { detectAnomaly?: boolean; prepare?: (pictures: GpuBuffer) => void } = {},
  ) {
    this.#gpu = gpu;
    this.#network = network;
    this.#optimizer = optimizer;
    this.#pictures = keep(zeros(gpu, [batch, 1, side, side]));
    this.#targets = keep(zeros(gpu, [batch]));
    this.#loss = gpu.alloc(4, 'loss');
    this.#ring = gpu.alloc(RING * 4, 'loss ring');
    this.#prepare = prepare;
    this.#detector = detectAnomaly ? new AnomalyDetector(gpu, { network }) : null;
  }

  /** Whether the ring has to be read before the next step. */
  get full(): boolean {
    return this.#waiting === RING;
  }

  /** Queues one step on pictures [batch · side²] and standardised ages [batch]. */
  run(pictures: Float32Array<ArrayBuffer>, targets: Float32Array<ArrayBuffer>, learningRate: number): void {
    this.#pictures.write(pictures);
    this.runPrepared(targets, learningRate);
  }

  /** Queues one step on what `prepare` makes, and standardised ages [batch]. */
  runPrepared(targets: Float32Array<ArrayBuffer>, learningRate: number): void {
    this.#targets.write(targets);
    this.#optimizer.lr = learningRate;
    this.#optimizer.advance();
    this.#keepLoss();
    if (this.#recording) this.#recording.replay();
    else this.#recording = this.#gpu.record(() => this.#step()).recording;
    this.#waiting++;
  }

  /** Copies the loss of the last step into the ring, ahead of the next step, so that both are submitted together. */
  #keepLoss(): void {
    if (this.#waiting > 0) this.#gpu.copy(this.#loss, this.#ring, 4, 0, (this.#waiting - 1) * 4);
  }

  #step(): void {
    scope(() => {
      const { scaler } = this.#optimizer;
      this.#prepare?.(this.#pictures.buffer);
      const forward = () => this.#network.forward(this.#pictures);
      const loss = this.#watched(() =>
        functional.gaussianNll(scaler ? autocast(this.#gpu, forward) : forward(), this.#targets),
      );
      if (scaler) loss.backward(scaler.scale);
      else this.#watched(() => loss.backward());
      this.#optimizer.apply();
      this.#optimizer.zeroGrad();
      this.#gpu.copy(loss.buffer, this.#loss, 4);
    });
  }

  #watched<T>(work: () => T): T {
    return this.#detector ? this.#detector.watch(work) : work();
  }

  /** Waits for the steps and throws AnomalyError where one made NaN or infinities; does nothing without `detectAnomaly`. */
  async check(): Promise<void> {
    await this.#detector?.check();
  }

  /** The losses since the last call, in order. */
  async losses(): Promise<number[]> {
    this.#keepLoss();
    const count = this.#waiting;
    this.#waiting = 0;
    return Array.from(new Float32Array(await this.#gpu.read(this.#ring, count * 4)));
  }

  release(): void {
    this.#recording?.release();
    this.#pictures.dispose();
    this.#targets.dispose();
    this.#loss.release();
    this.#ring.release();
    this.#detector?.release();
  }
}
