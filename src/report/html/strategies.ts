import { type ReportedStrategyName, reportedStrategyNames } from '../../model/names.ts';
import { html, type Markup, raw } from './markup.ts';

interface Look {
  readonly light: string;
  readonly dark: string;
  /** Lines differ in their dashes too: colour alone says nothing to some. */
  readonly dashes: string;
}

const looks: Readonly<Record<ReportedStrategyName, Look>> = {
  detached: { light: '#c2272d', dark: '#ff8a80', dashes: '2 3' },
  'fetch-in-worker': { light: '#a35200', dark: '#ffb454', dashes: '7 3' },
  bridged: { light: '#7a3fb5', dark: '#c9a0ff', dashes: '9 3 2 3' },
  'shared-pool': { light: '#0b62c4', dark: '#79b8ff', dashes: 'none' },
  'executor-detached': { light: '#8a1c5c', dark: '#ff9ad2', dashes: '2 6' },
  'shared-session': { light: '#5c6a00', dark: '#cddc60', dashes: '6 2 2 2 2 2' },
  'bridged-blocking': { light: '#4a4a8a', dark: '#b0b0ff', dashes: '12 4' },
  adaptive: { light: '#0a7a4b', dark: '#5fd39a', dashes: '4 2' },
};

/** Check boxes that are legend and switch at once; they work by style alone, without a script. */
export function strategyToggles(present: readonly ReportedStrategyName[]): Markup {
  const shown = reportedStrategyNames.filter((name) => present.includes(name));
  return html`<fieldset class="toggles"><legend>Strategies shown</legend>${shown.map(
    (name) =>
      html`<label><input type="checkbox" id="show-${name}" checked><svg class="key" viewBox="0 0 28 8" aria-hidden="true"><path class="line ${name}" d="M0 4H28"/></svg>${name}</label>`,
  )}</fieldset>`;
}

export function strategyStyle(): Markup {
  const rules = reportedStrategyNames.map((name) => {
    const { light, dark, dashes } = looks[name];
    return [
      `.line.${name}{stroke:light-dark(${light},${dark});stroke-dasharray:${dashes}}`,
      `body:has(#show-${name}:not(:checked)) .charts .line.${name}{display:none}`,
    ].join('\n');
  });
  return raw(rules.join('\n'));
}
