/** A capture as the inspector has it, without a terminal: for tests of what shows it. */
import { fileURLToPath } from 'node:url';
import { ProgramTable } from '../../codec/programs/index.ts';
import { Inspection, type InspectionOptions } from '../../dissector/inspect.ts';
import { BodyDecoder } from '../../dissector/stats/bodies.ts';
import { App, type AppOptions } from '../../tui/app/app.ts';
import type { Host } from '../../tui/app/host.ts';
import { Grid } from '../../tui/screen/grid.ts';
import { FileSource } from '../../tui/sources/file-source.ts';
import type { PacketSource } from '../../tui/sources/source.ts';
import { Capture } from '../../tui/trace/capture.ts';
import { needsTwoPasses } from '../../tui/trace/filter-run.ts';
import { Loader } from '../../tui/trace/loader.ts';
import { Trace } from '../../tui/trace/trace.ts';

export const captureFile = (name: string): string =>
  fileURLToPath(new URL(`../../captures/${name}`, import.meta.url));

/** What was asked of the world around the inspector. */
export interface Asked extends Host {
  readonly done: string[];
  /** what was saved */
  readonly files: Map<string, Buffer>;
  /** what the editor makes of a text */
  editor: (text: string) => string | null;
  /** what a call is answered, null: it is not */
  answer: string | null;
  /** what is said of the connection beside it */
  warnings: readonly string[];
}

export function fakeHost(): Asked {
  const done: string[] = [];
  const files = new Map<string, Buffer>();
  return {
    done,
    files,
    editor: () => null,
    answer: null,
    warnings: [],
    quit: () => void done.push('quit'),
    suspend: () => void done.push('suspend'),
    redraw: () => undefined,
    copy: (text) => void done.push(`copy ${text}`),
    edit(text) {
      done.push('edit');
      return Promise.resolve(this.editor(text));
    },
    check: (request) => Promise.resolve(request.json.includes('wrong') ? 'no such field' : null),
    call(request) {
      done.push(`call ${request.target} ${request.program}.${request.version}.${request.procedure}`);
      return this.answer === null
        ? Promise.reject(new Error('connection refused'))
        : Promise.resolve({ json: this.answer, latencyMs: 1.5, warnings: this.warnings });
    },
    command(words) {
      done.push(words.join(' '));
      return Promise.resolve('replayed');
    },
    create(path) {
      if (path === 'taken') throw new Error('file already exists');
      const parts: Buffer[] = [];
      files.set(path, Buffer.alloc(0));
      return {
        write: (bytes) => void parts.push(Buffer.from(bytes)),
        close: () => void files.set(path, Buffer.concat(parts)),
        remove: () => void files.delete(path),
      };
    },
    mouse: (on) => void done.push(`mouse ${on}`),
  };
}

export interface Opened {
  readonly app: App;
  readonly capture: Capture;
  readonly loader: Loader;
  readonly host: Asked;
  readonly source: PacketSource;
  /** gives keys, one after another, each to an app at rest that was drawn */
  keys(...keys: readonly string[]): Promise<void>;
  /** the screen, line by line */
  screen(): string[];
  grid(): Grid;
  close(): void;
}

export async function programTable(): Promise<ProgramTable> {
  const table = new ProgramTable();
  await table.loadAll();
  return table;
}

export async function open(
  source: PacketSource | string,
  options: Partial<AppOptions> &
    Omit<InspectionOptions, 'filter'> & { readonly size?: readonly [number, number] } = {},
): Promise<Opened> {
  const from = typeof source === 'string' ? new FileSource(source, 'test.pcap') : source;
  const table = await programTable();
  const inspectionFor = (filter: string) =>
    new Inspection({
      ...options,
      programs: table.programs(),
      declared: table,
      filter,
      twoPass: needsTwoPasses(filter),
    });
  const inspection = inspectionFor('');
  const trace = new Trace();
  const loader = new Loader(from, inspection, trace);
  const decoder = new BodyDecoder(inspection.walker.programs, table, true);
  const capture = new Capture(trace, from.store, inspection, decoder);
  const host = fakeHost();
  const app = new App(capture, loader, host, { ...options, inspectionFor });
  app.resize(...(options.size ?? [100, 30]));
  const grid = (): Grid => {
    const cells = new Grid(app.width, app.height);
    app.draw(cells);
    return cells;
  };
  await app.settle();
  grid();
  return {
    app,
    capture,
    loader,
    host,
    source: from,
    grid,
    async keys(...keys) {
      for (const key of keys) {
        app.key(key);
        await app.settle();
        grid();
      }
    },
    screen() {
      const cells = grid();
      return Array.from({ length: cells.height }, (_, y) => cells.line(y));
    },
    close() {
      from.close();
      trace.close();
    },
  };
}
