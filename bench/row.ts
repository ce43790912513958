/** One measured number, as every benchmark returns it: `run(): Promise<Row[]>`. bench/main.ts prints them. */
export interface Row {
  /** what was measured and who did it: `encode READDIRPLUS reply, protobufjs` */
  readonly name: string;
  /** median of the repetitions */
  readonly value: number;
  readonly unit: string;
  /** how it compares with another row of the same run */
  readonly note?: string;
}

/** The middle one of `values`, the upper of two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** A ratio as notes have it: `12.3 × as fast`. */
export function times(ratio: number, what: string): string {
  return `${ratio.toFixed(ratio >= 10 ? 1 : 2)} × ${what}`;
}
