/**
 * What a `-z` statistic is, and what it is given to work with: a tap over every packet that prints once the last
 * one has come. As in tshark, -Y does not choose what is counted; a statistic's own filter does.
 */
import type { Frame } from '../network/frame.ts';
import type { PduList } from '../session/pdu-list.ts';
import type { TimeMode } from '../tree/columns.ts';
import type { ExpertCollector } from '../tree/expert-collector.ts';
import type { FieldDef } from '../tree/field.ts';
import type { FieldCollector } from '../tree/field-collector.ts';
import type { Programs } from '../tree/programs.ts';
import type { ProtocolChain } from '../tree/protocol-chain.ts';
import type { CallDecoder } from './calls.ts';

/** The machine that a statistic is started in; an Inspection makes one of itself. */
export interface StatisticContext {
  /** --tshark-compat */
  readonly compat: boolean;
  /** decimals of the capture's times: 6, or 9; known for sure once packets have come */
  readonly timePrecision: number;
  /** -t */
  readonly timeMode: TimeMode;
  readonly programs: Programs;
  /** arguments and results as values; only for a statistic that says it wants descriptions */
  readonly decoder: CallDecoder | null;
  /** A field by its name. */
  field(name: string): FieldDef | undefined;
  /** The values of these fields, there for every packet when `add` is called. */
  observe(defs: readonly FieldDef[]): FieldCollector;
  /** whether a filter or a shape of output of this run wants anything of the frame itself; asked for at the end */
  readonly showsFrame: boolean;
  /** The protocols of every packet, there when `add` is called. */
  protocols(): ProtocolChain;
  /** The remarks on every packet, there when `add` is called. */
  experts(): ExpertCollector;
  /** A display filter, to be asked about the packet that `add` was called with. Throws FilterError. */
  test(filter: string): (frame: Frame, pdus: PduList) => boolean;
}

/** One statistic of one run. */
export interface StatisticTap {
  /** whether it looks at messages beyond their header */
  readonly bodies: boolean;
  /** Every packet, in order; everything it is given dies when it returns. `matches`: whether -Y lets it through. */
  add(frame: Frame, pdus: PduList, matches: boolean): void;
  /** What is printed after the last packet. */
  text(): string;
  /** The same for -T ndjson; without it `text` is printed. */
  ndjson?(): string;
}

export interface Statistic {
  /** what an argument of -z begins with: `rpc,programs` */
  readonly name: string;
  /** the whole argument as help has it: `rpc,srt,PROGRAM,VERSION[,FILTER]` */
  readonly usage: string;
  /** descriptions of programs that must be loaded for it; none for one that reads headers */
  readonly descriptions: 'none' | 'compounds' | 'all';
  /** `args`: what follows the name and its comma. Throws StatisticError, and FilterError of a filter in it. */
  start(args: string, context: StatisticContext): StatisticTap;
}

/** The arguments of a statistic are not understood. */
export class StatisticError extends Error {
  override readonly name = 'StatisticError';
}

export function isStatisticError(e: unknown): e is StatisticError {
  return e instanceof Error && e.name === 'StatisticError';
}
