/**
 * What a bench reports: one measured figure. Each bench module exports `run(): Promise<Row[]>`, and bench/main.ts
 * prints rows of one task together, with how many times as good as each subject Oncilla is.
 */

/** `MB` is a peak of memory; of the units only the `/s` ones are better when higher. */
export type Unit = 'ns' | 's' | 'MB' | 'MB/s' | 'packets/s';

export interface Row {
  /** what was done, the same text for all subjects compared: `encode, 252-byte message` */
  readonly task: string;
  /** who did it: `oncilla`, `protobufjs`, `tshark` */
  readonly subject: string;
  /** median of the repetitions */
  readonly value: number;
  readonly unit: Unit;
}
