/** What the two sides of a conversation said, put together from its packets a few milliseconds at a time. */

import type { Inspection } from '../../dissector/inspect.ts';
import type { Statistic, StatisticTap } from '../../dissector/stats/statistic.ts';
import { findStatistic } from '../../dissector/stats/statistics.ts';
import { Style } from '../screen/style.ts';
import { SequentialReader } from '../trace/sequential.ts';
import { count } from '../views/screen-view.ts';
import type { App } from './app.ts';
import type { Job } from './job.ts';
import { type StyledLine, TextOverlay } from './text-overlay.ts';

/** Packets of a conversation that are shown; more would be read by nobody. */
const MAX_PACKETS = 20_000;
const LOOK_EVERY = 16;
/** Lines before what was said. */
const HEAD = 6;

export class FollowJob implements Job {
  readonly #flow: number;
  readonly #rows: readonly number[];
  readonly #total: number;
  readonly #reader: SequentialReader;
  readonly #inspection: Inspection;
  readonly #ascii: StatisticTap;
  readonly #hex: StatisticTap;
  #next = 0;

  constructor(flow: number, app: App, inspection: Inspection) {
    const rows = app.capture.trace.rowsOf(flow);
    this.#flow = flow;
    this.#rows = rows.slice(0, MAX_PACKETS);
    this.#total = rows.length;
    this.#reader = new SequentialReader(app.capture.trace, app.capture.bytes);
    this.#inspection = inspection;
    const start = (mode: string): StatisticTap => {
      // it is the only conversation that the inspection is given
      const { statistic, args } = found(`follow,${(flow & 1) === 1 ? 'udp' : 'tcp'},${mode},0`);
      return inspection.addStatistic(statistic, args);
    };
    this.#ascii = start('ascii');
    this.#hex = start('hex');
  }

  get status(): string {
    return `following ${Math.floor((100 * this.#next) / Math.max(1, this.#rows.length))} %`;
  }

  step(until: number, app: App): boolean {
    const { capture } = app.capture.inspection;
    while (this.#next < this.#rows.length) {
      this.#inspection.packet(this.#reader.packet(this.#rows[this.#next++]!), capture);
      if (this.#next % LOOK_EVERY === 0 && performance.now() >= until) return true;
    }
    this.#inspection.finish();
    const pages = [
      { name: 'text', content: styled(this.#ascii.text()) },
      { name: 'bytes', content: styled(this.#hex.text()) },
    ];
    const flow = this.#flow;
    const left = this.#total - this.#rows.length;
    const note = left === 0 ? '' : `, the first ${count(MAX_PACKETS)} of ${count(this.#total)} packets`;
    app.overlay = new TextOverlay({
      title: `Conversation: ${streamFilter(flow)}${note}`,
      pages: pages.map(({ name, content }) => ({ name, lines: () => content })),
      keys: {
        c: {
          hint: 'as calls',
          run(it) {
            it.overlay = null;
            followCalls(flow, it);
          },
        },
      },
    });
    return false;
  }

  cancel(app: App): void {
    app.message = 'following was stopped';
  }
}

/** Shows the calls of a conversation alone. */
export function followCalls(flow: number, app: App): void {
  app.setMode('calls');
  app.applyFilter(streamFilter(flow));
}

export function streamFilter(flow: number): string {
  return `${(flow & 1) === 1 ? 'udp' : 'tcp'}.stream == ${flow >> 1}`;
}

function found(argument: string): { statistic: Statistic; args: string } {
  const statistic = findStatistic(argument);
  if (statistic === undefined) throw new Error(`no statistic ${argument}`);
  return statistic;
}

/** The server's side is indented by a tab. */
function styled(text: string): StyledLine[] {
  let style: number = Style.client;
  return text
    .split('\n')
    .slice(HEAD, -2)
    .map((line) => {
      // only the line that begins what a side says is indented: the number of its bytes, or every line of digits
      if (/^\t?(\d+|[0-9A-F]{8} {2}.*)$/.test(line))
        style = line.startsWith('\t') ? Style.server : Style.client;
      return { text: line.replace(/^\t/, '  '), style };
    });
}
