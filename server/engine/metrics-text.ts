/** The Prometheus text format, version 0.0.4: families of samples. Names are ours; label values are escaped. */
import { escapeLabel } from '../../codec/escape/index.ts';

export type Sample = readonly [labels: string, value: number];

export interface Family {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export function metric(
  name: string,
  type: Family['type'],
  help: string,
  samples: readonly Sample[] | number,
): Family {
  return { name, type, help, samples: typeof samples === 'number' ? [['', samples]] : samples };
}

/** A sample for each value of one label. */
export function labelled(label: string, counts: ReadonlyMap<string, number>): Sample[] {
  return [...counts].map(([value, n]) => [`${label}="${escapeLabel(value)}"`, n]);
}

/** The lines of a family, without the last line break. */
export function familyText({ name, type, help, samples }: Family): string {
  const lines = [`# HELP oncilla_${name} ${help}`, `# TYPE oncilla_${name} ${type}`];
  for (const [labels, value] of samples) {
    lines.push(`oncilla_${name}${labels === '' ? '' : `{${labels}}`} ${value}`);
  }
  return lines.join('\n');
}
