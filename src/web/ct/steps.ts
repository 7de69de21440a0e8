import { byId, make } from '../shared/dom.ts';

/** The list of what the page is doing: what is done, what is under way, what is to come. */
export class Steps {
  readonly #panel = byId('progress');
  readonly #items = new Map<string, HTMLLIElement>();

  constructor(names: readonly string[]) {
    const list = byId('steps');
    list.replaceChildren();
    for (const name of names) {
      const item = make('li', {}, name);
      this.#items.set(name, item);
      list.append(item);
    }
    this.#panel.hidden = false;
  }

  /** Marks a step as under way, and the one before it as done; lets the browser draw before work goes on. */
  async start(name: string, detail = ''): Promise<void> {
    for (const item of this.#items.values()) {
      if (item.className === 'active') item.className = 'done';
    }
    const item = this.#items.get(name);
    if (!item) throw new Error(`the page has no step "${name}"`);
    item.className = 'active';
    item.textContent = detail ? `${name}: ${detail}` : name;
    await new Promise((resolve) => setTimeout(resolve));
  }

  /** All is done, or given up: the list disappears. */
  end(): void {
    this.#panel.hidden = true;
  }
}
