/** XML of domains and networks, as tests need it. */

export interface DomainParts {
  readonly uuid?: string;
  readonly type?: string;
  readonly inside?: string;
  readonly memory?: string;
}

export function domainText(
  name: string,
  { uuid, type = 'test', inside = '', memory = '1024' }: DomainParts = {},
): string {
  const id = uuid === undefined ? '' : `<uuid>${uuid}</uuid>`;
  return `<domain type='${type}'><name>${name}</name>${id}<memory>${memory}</memory>${inside}</domain>`;
}

export function networkText(
  name: string,
  { uuid, inside = '' }: { uuid?: string; inside?: string } = {},
): string {
  const id = uuid === undefined ? '' : `<uuid>${uuid}</uuid>`;
  return `<network><name>${name}</name>${id}${inside}</network>`;
}

export function uuidNumber(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}
