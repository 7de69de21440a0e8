import { html, type Markup } from '../html.ts';
import { networkName, networkWorks } from './network-name.ts';
import type { Telling } from './telling.ts';

/** The last part of a file's path, on any system: folders may name people. */
const fileName = (file: string): string => file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);

/** The network, what it says, and what it started from. */
export function networkMethods(telling: Telling): Markup {
  const name = telling.model.take('name');
  const works = networkWorks(name);
  const citation = works.length > 0 && html` ${telling.cite(...works)}`;
  return html`<p>The network was a ${networkName(name)}${citation} with one input channel and two outputs, the mean μ of the age and s = log σ², the logarithm of its variance ${telling.cite('variance')}. It thus gives a normal distribution of the age for each picture. Ages were standardised by mean and standard deviation of the training pictures of each fold; all figures are given in years. ${start(telling)}</p>`;
}

function start({ model, data, cite }: Telling): Markup {
  const [weights, run] = [model.take('weights'), model.take('from_run')];
  if (run !== null) {
    const hash = data.start && html` (SHA-256 over their weights ${data.start.sha256})`;
    return html`Each fold started from the network of the same fold of an earlier run${hash}, which had been made without the patients of the fold’s test part.`;
  }
  if (weights === null) {
    const truncated = data.config.model.name === 'inception_v3';
    const scheme = truncated ? 'from truncated normal distributions' : html`after He et al. ${cite('initial')}`;
    return html`Its weights were initialised at random ${scheme}.`;
  }
  const { sha256, notes } = data.start ?? { sha256: null, notes: [] };
  return html`Training started from the weights in the file ${fileName(weights)}${sha256 !== null && ` (SHA-256 ${sha256})`}${notes.length > 0 && `; on loading: ${notes.join('; ')}`}.`;
}
