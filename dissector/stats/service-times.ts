/**
 * The taps behind `-z rpc,srt` and `-z nfsv4,srt`: response times per procedure of one program's version, or per
 * operation of its COMPOUND, in tshark's table. In compat mode "Calls" counts what tshark counts there, successful
 * replies with a known call; otherwise calls, each once, with the times of every first reply. Any program will do,
 * where tshark wants one it has a dissector for. Bounded by `MAX_ROWS`; never throws but for its arguments.
 */
import type { Pdu } from '../session/pdu.ts';
import { succeeded } from './outcome.ts';
import { micros, NO_TIME, ResponseTimes } from './response-times.ts';
import { type Statistic, StatisticError } from './statistic.ts';
import { eachMessage, tapFilter } from './tap-filter.ts';

const MAX_ROWS = 65_536;
const NFS = 100_003;
const COMPOUND = 1;

interface Row {
  readonly name: string;
  calls: number;
  readonly times: ResponseTimes;
}

/** Rows by number, in tshark's table. */
export class ServiceTimes {
  readonly #rows = new Map<number, Row>();
  readonly #title: string;
  readonly #filter: string;
  readonly #column: string;

  /** `filter`: the field that tells the rows apart, as tshark names it under the title. */
  constructor(title: string, filter: string, column: string) {
    this.#title = title;
    this.#filter = filter;
    this.#column = column;
  }

  row(number: number, name: () => string): Row {
    const known = this.#rows.get(number);
    if (known !== undefined) return known;
    const row = { name: name(), calls: 0, times: new ResponseTimes() };
    // wire numbers are anybody's
    if (this.#rows.size < MAX_ROWS) this.#rows.set(number, row);
    return row;
  }

  text(): string {
    const rows = [...this.#rows].sort(([a], [b]) => a - b);
    return [
      '',
      '===================================================================',
      `${this.#title} SRT Statistics:`,
      `Filter: ${this.#filter}`,
      `Index  ${this.#column.padEnd(22)} Calls    Min SRT    Max SRT    Avg SRT    Sum SRT`,
      ...rows.map(([number, row]) => line(number, row)),
      '==================================================================',
      '',
    ].join('\n');
  }
}

function line(number: number, { name, calls, times }: Row): string {
  const { count, minNs, maxNs, averageNs, totalNs } = times;
  const shown =
    count === 0
      ? [NO_TIME, NO_TIME, NO_TIME, NO_TIME]
      : [micros(minNs), micros(maxNs), micros(averageNs), micros(Number(totalNs))];
  return `${String(number).padStart(5)}  ${name.padEnd(22)} ${String(calls).padStart(6)} ${shown.join(' ')}`;
}

/** Counts a call or a reply in the row that `row` gives for it. */
function count(pdu: Pdu, compat: boolean, rows: () => readonly Row[]): void {
  if (pdu.msgtyp === 0) {
    if (!compat && pdu.dupOf === 0) for (const row of rows()) row.calls++;
    return;
  }
  if (pdu.call === null || pdu.timeNs < 0) return;
  if (compat ? !succeeded(pdu) : pdu.dupOf !== 0) return;
  for (const row of rows()) {
    if (compat) row.calls++;
    row.times.add(pdu.timeNs);
  }
}

export const serviceTimes: Statistic = {
  name: 'rpc,srt',
  usage: 'rpc,srt,PROGRAM,VERSION[,FILTER]',
  descriptions: 'none',
  start(args, context) {
    const [program, version, filter] = numbers(args);
    const { programs, compat } = context;
    const field = programs.procedureField(program, version);
    if (compat && field === null) {
      throw new StatisticError(`Program:${program} version:${version} isn't supported`);
    }
    const table = new ServiceTimes('RPC', field?.name ?? 'rpc.procedure', 'Procedure');
    return {
      bodies: false,
      add: eachMessage(tapFilter(filter, context), (pdu) => {
        if (pdu.program !== program || pdu.version !== version || pdu.procedure < 0) return;
        const { procedure } = pdu;
        count(pdu, compat, () => [
          table.row(procedure, () => programs.procedure(program, version, procedure)),
        ]);
      }),
      text: () => table.text(),
    };
  },
};

function numbers(args: string): [program: number, version: number, filter: string] {
  const match = /^(\d{1,10}|0x[\da-f]{1,8}),(\d{1,10})(?:,(.*))?$/is.exec(args);
  if (match === null) throw new StatisticError('expected rpc,srt,<program>,<version>[,<filter>]');
  return [Number(match[1]), Number(match[2]), match[3] ?? ''];
}

/** Per operation: an operation takes as long as the COMPOUND it is in, which is all that the wire tells. */
export const operationTimes: Statistic = {
  name: 'nfsv4,srt',
  usage: 'nfsv4,srt[,FILTER]',
  descriptions: 'compounds',
  start(args, context) {
    const { programs, compat } = context;
    const table = new ServiceTimes('NFSv4 operation', 'nfs.opcode', 'Operation');
    return {
      bodies: true,
      add: eachMessage(tapFilter(args, context), (pdu) => {
        if (pdu.program !== NFS || pdu.version !== 4 || pdu.procedure !== COMPOUND) return;
        count(pdu, compat, () =>
          programs.compoundOperations(pdu).map(({ number, name }) => table.row(number, () => name)),
        );
      }),
      text: () => table.text(),
    };
  },
};
