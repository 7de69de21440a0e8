import { randomBytes } from 'node:crypto';
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { EpochRow } from './checkpoint.ts';
import { firstEvent, scalarEvent } from './events.ts';

/**
 * A fold's TensorBoard events, `fold-K/events.out.tfevents.…`: one file for each time that training starts, epochs as they
 * end. TensorBoard joins the files of a folder; where a resumed run repeats an epoch it shows the later one.
 */
export class EventsFile {
  readonly #folder: string;
  readonly #file: string;
  #started = false;

  constructor(folder: string) {
    this.#folder = folder;
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    this.#file = path.join(folder, `events.out.tfevents.${seconds}.${randomBytes(4).toString('hex')}`);
  }

  async add(row: EpochRow): Promise<void> {
    const now = Date.now() / 1000;
    if (!this.#started) {
      await mkdir(this.#folder, { recursive: true });
      await appendFile(this.#file, firstEvent(now));
      this.#started = true;
    }
    await appendFile(this.#file, scalarEvent(now, row.step, scalarsOf(row)));
  }
}

function scalarsOf({ epoch, learning_rate, training_loss, validation_loss, validation_mae }: EpochRow) {
  return {
    epoch,
    'train/loss': training_loss,
    'train/learning_rate': learning_rate,
    ...(validation_loss === null ? {} : { 'validation/loss': validation_loss }),
    ...(validation_mae === null ? {} : { 'validation/mae_years': validation_mae }),
  };
}
