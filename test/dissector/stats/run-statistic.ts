/** A statistic over a capture of ours, as `-z` runs it. */
import { fileURLToPath } from 'node:url';
import { ProgramTable } from '../../../codec/programs/index.ts';
import { forEachPacket } from '../../../dissector/capture/index.ts';
import { Inspection } from '../../../dissector/inspect.ts';
import { BodyDecoder } from '../../../dissector/stats/bodies.ts';
import type { Statistic, StatisticTap } from '../../../dissector/stats/statistic.ts';
import type { TimeMode } from '../../../dissector/tree/columns.ts';

export const capturePath = (file: string) =>
  fileURLToPath(new URL(`../../../captures/${file}`, import.meta.url));

/** What the statistic holds once the last packet of captures/`file` has come. */
export async function runStatistic(
  statistic: Statistic,
  args: string,
  file: string,
  compat = true,
  timeMode: TimeMode = 'r',
): Promise<StatisticTap> {
  const table = new ProgramTable();
  await table.loadAll();
  const inspection = new Inspection({ compat, timeMode, programs: table.programs(), declared: table });
  const decoder = new BodyDecoder(inspection.walker.programs, table, true);
  const tap = inspection.addStatistic(statistic, args, decoder);
  await forEachPacket(capturePath(file), (packet, capture) => inspection.packet(packet, capture));
  inspection.finish();
  return tap;
}

/** The same as lines of text. */
export async function statisticLines(
  statistic: Statistic,
  args: string,
  file: string,
  compat = true,
): Promise<string[]> {
  return (await runStatistic(statistic, args, file, compat)).text().split('\n');
}
