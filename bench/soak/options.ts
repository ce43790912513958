/** What every soak is given: `run(options): Promise<Row[]>`, which rejects with what is wrong. */
export interface SoakOptions {
  /** all that is random follows from it */
  readonly seed: number;
  /** how long it goes on, about */
  readonly seconds: number;
}
