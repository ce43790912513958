/**
 * The statistics that -z names. A new one is a file beside this and a line here.
 */
import { conversationStatistics } from './conversations.ts';
import { expertInfos } from './expert.ts';
import { followStatistics } from './follow.ts';
import { ioStatistics } from './io-stat.ts';
import { latency } from './latency.ts';
import { programStatistics } from './programs.ts';
import { protocolHierarchy } from './protocol-hierarchy.ts';
import { operationTimes, serviceTimes } from './service-times.ts';
import type { Statistic } from './statistic.ts';
import { timeline } from './timeline.ts';

export const STATISTICS: readonly Statistic[] = [
  programStatistics,
  serviceTimes,
  operationTimes,
  latency,
  timeline,
  ...conversationStatistics,
  ioStatistics,
  protocolHierarchy,
  ...followStatistics,
  expertInfos,
];

/** The statistic that an argument of -z names (the longest name that fits), and what follows the name. */
export function findStatistic(argument: string): { statistic: Statistic; args: string } | undefined {
  let found: Statistic | undefined;
  for (const statistic of STATISTICS) {
    const { name } = statistic;
    const fits = argument === name || argument.startsWith(`${name},`);
    if (fits && name.length > (found?.name.length ?? -1)) found = statistic;
  }
  return found && { statistic: found, args: argument.slice(found.name.length + 1) };
}
