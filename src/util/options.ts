import { UserError } from './errors.ts';
import { suggestion } from './nearest.ts';

/** @throws UserError for an option that does not exist, with the nearest one that does */
export function checkOptions(owner: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new UserError(
        `${owner}: there is no option "${name}"${suggestion(name, known)}; it has ${known.join(', ')}`,
      );
  }
}
