/**
 * The tap behind `-z rpc,programs`: service response times per program and version. In compat mode a row counts
 * what tshark counts under "Calls", successful replies with a known call, repeated ones too; otherwise it counts
 * calls, each once, and the times are those of every first reply whatever its verdict, with dashes where no call
 * was answered. Bounded by `maxRows`; never throws.
 */
import type { Pdu } from '../session/pdu.ts';
import { succeeded } from './outcome.ts';
import { micros, NO_TIME, ResponseTimes } from './response-times.ts';
import type { Statistic } from './statistic.ts';

interface Row {
  readonly program: number;
  readonly version: number;
  calls: number;
  readonly times: ResponseTimes;
}

export interface ProgramStatisticsOptions {
  readonly compat: boolean;
  /** name of a program, as tshark's Protocol column has it, or null */
  readonly programName: (program: number) => string | null;
  readonly maxRows?: number;
}

/** Feed it every PDU, in order; then print `text`. */
export class ProgramStatistics {
  readonly #rows = new Map<string, Row>();
  readonly #options: ProgramStatisticsOptions;
  /** PDUs not counted because there were too many programs */
  dropped = 0;

  constructor(options: ProgramStatisticsOptions) {
    this.#options = options;
  }

  add(pdu: Pdu): void {
    if (pdu.kind !== 'message' || pdu.program < 0) return;
    if (pdu.msgtyp === 0) {
      if (!this.#options.compat && pdu.dupOf === 0) {
        const row = this.#row(pdu);
        if (row !== null) row.calls++;
      }
      return;
    }
    if (pdu.call === null || pdu.timeNs < 0) return;
    if (this.#options.compat ? !succeeded(pdu) : pdu.dupOf !== 0) return;
    const row = this.#row(pdu);
    if (row === null) return;
    if (this.#options.compat) row.calls++;
    row.times.add(pdu.timeNs);
  }

  /** The table, in tshark's layout. */
  text(): string {
    const rows = [...this.#rows.values()].sort((a, b) => a.program - b.program || a.version - b.version);
    return [
      '',
      '==========================================================',
      'ONC-RPC Program Statistics:',
      'Program    Version  Calls    Min SRT    Max SRT    Avg SRT',
      ...rows.map((row) => this.#line(row)),
      '===================================================================',
      '',
    ].join('\n');
  }

  #line(row: Row): string {
    const name = this.#options.programName(row.program) ?? 'Unknown';
    const { count, minNs, maxNs, averageNs } = row.times;
    const times =
      count === 0 ? [NO_TIME, NO_TIME, NO_TIME] : [micros(minNs), micros(maxNs), micros(averageNs)];
    return [
      `${name}(${row.program})`.padEnd(15),
      String(row.version).padStart(2),
      String(row.calls).padStart(6),
      ...times,
    ].join(' ');
  }

  #row(pdu: Pdu): Row | null {
    const key = `${pdu.program}.${pdu.version}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      if (this.#rows.size >= (this.#options.maxRows ?? 65_536)) {
        this.dropped++;
        return null;
      }
      const { program, version } = pdu;
      row = { program, version, calls: 0, times: new ResponseTimes() };
      this.#rows.set(key, row);
    }
    return row;
  }
}

export const programStatistics: Statistic = {
  name: 'rpc,programs',
  usage: 'rpc,programs',
  descriptions: 'none',
  // tshark takes words after the name, and does nothing with them
  start(_args, { compat, programs }) {
    const statistics = new ProgramStatistics({
      compat,
      programName: (program) => programs.column(program) ?? null,
    });
    return {
      bodies: false,
      add(_frame, list) {
        for (let i = 0; i < list.count; i++) statistics.add(list.pdus[i]!);
      },
      text: () => statistics.text(),
    };
  },
};
