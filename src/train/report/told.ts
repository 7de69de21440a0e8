/** A group of settings that knows which of them no sentence has told yet, so that none is left out. */
export class Told<Settings extends object> {
  readonly #settings: Settings;
  readonly #told = new Set<keyof Settings>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The value of a setting, which counts as told from now on. */
  take<Key extends keyof Settings>(key: Key): Settings[Key] {
    this.#told.add(key);
    return this.#settings[key];
  }

  /** All settings, which count as told: for sentences about a group as a whole. */
  takeAll(): Settings {
    for (const key of Object.keys(this.#settings)) this.#told.add(key as keyof Settings);
    return this.#settings;
  }

  /** What nobody has taken, as "name = value". */
  rest(): string[] {
    return Object.entries(this.#settings)
      .filter(([key]) => !this.#told.has(key as keyof Settings))
      .map(([key, value]) => `${key} = ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  }
}
