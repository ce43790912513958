/**
 * What `inspect` prints beside packets, as taps of an Inspection: calls, statistics, counts. Each function returns how
 * to end.
 */
import { escapeTerminal } from '../codec/escape/index.ts';
import { isFilterError, showPlace } from '../dissector/filter/index.ts';
import type { Inspection } from '../dissector/inspect.ts';
import type { ByteWriter } from '../dissector/output/index.ts';
import {
  CallAssembler,
  type CallDecoder,
  isMalformed,
  type Transaction,
  transactionText,
  writeTransaction,
} from '../dissector/stats/calls.ts';
import { isStatisticError } from '../dissector/stats/statistic.ts';
import { timeColumn } from '../dissector/tree/columns.ts';
import type { Output } from './command.ts';
import { CliError } from './errors.ts';
import type { End } from './inspect-packets.ts';
import type { InspectSettings, NamedStatistic } from './inspect-settings.ts';

/**
 * -z. What was named last is printed first, as tshark does. `decoder`: made when a statistic looks into bodies.
 */
export function printStatistics(
  inspection: Inspection,
  names: readonly NamedStatistic[],
  ndjson: boolean,
  decoder: CallDecoder | null,
  stdout: Output,
): End {
  const taps = names.map(({ argument, statistic, args }) => {
    try {
      return inspection.addStatistic(statistic, args, decoder);
    } catch (e) {
      if (isStatisticError(e)) throw new CliError(`-z ${argument}`, e.message, { cause: e });
      if (!isFilterError(e)) throw e;
      const detail = showPlace(e.expression, e);
      throw new CliError(`-z ${argument}`, e.message, {
        cause: e,
        ...(detail === undefined ? {} : { detail }),
      });
    }
  });
  return () => {
    for (const tap of taps.reverse()) stdout.write(ndjson ? (tap.ndjson?.() ?? tap.text()) : tap.text());
  };
}

/** --calls */
export function printCalls(
  inspection: Inspection,
  decoder: CallDecoder,
  settings: Pick<InspectSettings, 'format' | 'timeFormat' | 'compat'>,
  color: boolean,
  stdout: Output,
  bytes: ByteWriter,
): End {
  const clock = { now: 0n, first: -1n, previous: -1n, displayed: -1n };
  const { walker } = inspection;
  const words = settings.format === 'text';
  if (words) walker.attachHandles();
  const calls = new CallAssembler({
    decoder,
    words,
    printed: !words,
    emit(transaction) {
      if (!transaction.matches) return;
      if (settings.format === 'ndjson') {
        writeTransaction(bytes, transaction);
        bytes.byte(NEWLINE);
        return;
      }
      clock.now = BigInt(transaction.sec) * 1_000_000_000n + BigInt(transaction.nsec);
      if (clock.previous < 0n) clock.previous = clock.now;
      clock.displayed = clock.previous;
      const time = timeColumn(clock, settings.timeFormat, 6).padStart(10);
      clock.previous = clock.now;
      const line = escapeTerminal(
        transactionText(transaction, time, (handle, servers) =>
          walker.programs.pathOfHandle(handle, servers),
        ),
      );
      stdout.write(`${color ? paint(line, transaction) : line}\n`);
    },
    // the dissector remembers all calls then, and so must we
    ...(settings.compat
      ? { maxPending: Number.POSITIVE_INFINITY, maxSeconds: Number.POSITIVE_INFINITY }
      : {}),
  });
  inspection.addTap(
    {
      add(frame, list, matches) {
        if (clock.first < 0n) {
          clock.first = BigInt(frame.packet.sec) * 1_000_000_000n + BigInt(frame.packet.nsec);
        }
        for (let i = 0; i < list.count; i++) calls.add(frame, list.pdus[i]!, matches);
      },
    },
    true,
  );
  return () => {
    calls.finish();
    bytes.flush();
  };
}

const NEWLINE = 0x0a;
const GREEN = '\x1b[32m';
const YELLOW = '\x1b[33m';
const RED = '\x1b[31m';
const PLAIN = '\x1b[0m';

/** Red what was refused or is malformed, yellow what was not answered, green the rest. */
function paint(line: string, t: Transaction): string {
  if (isMalformed(t) || (t.verdict !== 'SUCCESS' && t.reply !== null)) return `${RED}${line}${PLAIN}`;
  return `${t.reply === null ? YELLOW : GREEN}${line}${PLAIN}`;
}

/** --strict: how many messages are malformed, of the packets that match; known for sure after `end`. */
export function countMalformed(inspection: Inspection, decoder: CallDecoder): { count(): number; end: End } {
  let count = 0;
  const calls = new CallAssembler({
    decoder,
    emit(transaction) {
      if (transaction.matches && isMalformed(transaction)) count++;
    },
  });
  inspection.addTap(
    {
      add(frame, list, matches) {
        for (let i = 0; i < list.count; i++) calls.add(frame, list.pdus[i]!, matches);
      },
    },
    true,
  );
  return { count: () => count, end: () => calls.finish() };
}
