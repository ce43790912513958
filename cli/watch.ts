/**
 * `oncilla watch`: the shell around tui/. Opens the source, joins it to an inspection and the inspector, and runs that
 * on the terminal, or by --script without one.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { escapeTerminal } from '../codec/escape/index.ts';
import { ProgramTable } from '../codec/programs/index.ts';
import { isFilterError, showPlace } from '../dissector/filter/index.ts';
import { Inspection } from '../dissector/inspect.ts';
import { BodyDecoder } from '../dissector/stats/bodies.ts';
import { App } from '../tui/app/app.ts';
import type { Host } from '../tui/app/host.ts';
import { runScript } from '../tui/run-script.ts';
import { gridAnsi, gridText, toAscii } from '../tui/screen/print-grid.ts';
import { parseScript, parseSize, type ScriptStep } from '../tui/screen/script.ts';
import { THEMES, type Theme, type ThemeName } from '../tui/screen/style.ts';
import { FileSource, isGzipFile } from '../tui/sources/file-source.ts';
import type { PacketSource } from '../tui/sources/source.ts';
import { StreamSource } from '../tui/sources/stream-source.ts';
import { Capture } from '../tui/trace/capture.ts';
import { needsTwoPasses } from '../tui/trace/filter-run.ts';
import { Loader } from '../tui/trace/loader.ts';
import { Trace } from '../tui/trace/trace.ts';
import { CALL_CELLS } from '../tui/views/list-view.ts';
import type { Arguments } from './arguments.ts';
import { liveSettings } from './capture-options.ts';
import { wantsColor } from './color.ts';
import type { Command, Io } from './command.ts';
import { CliError, EXIT_OK, systemReason } from './errors.ts';
import { readKeyLogs } from './key-logs.ts';
import { actions } from './watch-act.ts';
import { WATCH_OPTIONS } from './watch-options.ts';

export const watch: Command = {
  name: 'watch',
  describe: 'look at RPC traffic in the terminal: packets and calls, fields and bytes',
  usage: 'watch ([-r] FILE | -i IFACE [-f BPF] | --proxy LISTEN=TARGET | -) [options]',
  options: WATCH_OPTIONS,
  run,
};

async function run(args: Arguments, io: Io): Promise<number> {
  // what a loop over a million packets leaves behind lives short: a small young generation does
  setFlagsFromString('--semi-space-growth-factor=1');
  const script = args.text('script');
  const steps = script === undefined ? null : readScript(script);
  const themed = (colors: number) => THEMES[themeName(args, io, colors)];
  const source = await openSource(args, io);
  try {
    const parts = await explain(args);
    checkFilterOption(args, parts.inspectionFor);
    const makeApp = (host: Host) => newApp(args, source, parts, host);
    if (steps !== null) {
      await drawScript(args, io, makeApp, steps, themed(256), parts.act);
      return EXIT_OK;
    }
    const { runOnTerminal, showsUnicode } = await import('./watch-terminal.ts');
    const ascii = args.has('ascii') || !showsUnicode(io.env);
    return await runOnTerminal(
      {
        theme: themed,
        ascii,
        mouse: !args.has('no-mouse'),
        makeApp,
        keysElsewhere: isStdin(args),
        act: parts.act,
      },
      io,
    );
  } finally {
    source.close();
  }
}

function themeName(args: Arguments, io: Io, colors: number): ThemeName {
  const asked = args.text('theme');
  if (asked !== undefined) return asked as ThemeName;
  if (!wantsColor(args, io) || colors < 8) return 'none';
  return colors >= 256 ? 'dark' : '16';
}

async function drawScript(
  args: Arguments,
  io: Io,
  makeApp: (host: Host) => App,
  steps: readonly ScriptStep[],
  theme: Theme,
  act: Acts,
): Promise<void> {
  let left = false;
  const { createFile } = await import('./watch-terminal.ts');
  const app = makeApp({
    quit() {
      left = true;
    },
    suspend: () => undefined,
    redraw: () => undefined,
    copy: (text) => io.stderr.write(`copied: ${escapeTerminal(text)}\n`),
    edit: () => Promise.resolve(null),
    create: createFile,
    mouse: () => undefined,
    ...act,
  });
  const { width, height } = screenSize(args);
  app.resize(width, height);
  const color = wantsColor(args, io);
  await runScript({
    app,
    steps,
    quit: () => left || io.interrupt.aborted,
    print(grid) {
      if (args.has('ascii')) toAscii(grid);
      io.stdout.write(color ? gridAnsi(grid, theme) : gridText(grid));
    },
  });
}

/** What stands between the source and the inspector. */
type Acts = ReturnType<typeof actions>;

interface Parts {
  readonly act: Acts;
  readonly inspectionFor: (filter: string) => Inspection;
  readonly inspection: Inspection;
  readonly decoder: BodyDecoder;
}

async function explain(args: Arguments): Promise<Parts> {
  const table = new ProgramTable();
  await table.loadAll();
  if (args.has('idl')) {
    const { loadIdl } = await import('./idl-options.ts');
    for (const program of loadIdl(args).flatMap((module) => module.programs)) table.add(program);
  }
  const keyLog = readKeyLogs(args.list('keylog'));
  const programs = table.programs();
  const inspectionFor = (filter: string) =>
    new Inspection({ programs, declared: table, keyLog, filter, twoPass: needsTwoPasses(filter) });
  const inspection = inspectionFor('');
  const decoder = new BodyDecoder(inspection.walker.programs, table, !args.has('no-codegen'));
  const common = args.list('idl').flatMap((file) => ['--idl', file]);
  const act = actions({ table, owned: args.has('i-own-this-target'), common });
  return { inspection, inspectionFor, decoder, act };
}

function newApp(args: Arguments, source: PacketSource, parts: Parts, host: Host): App {
  const { inspection, inspectionFor, decoder } = parts;
  const trace = new Trace();
  const loader = new Loader(source, inspection, trace);
  const capture = new Capture(trace, source.store, inspection, decoder);
  const app = new App(capture, loader, host, {
    mode: args.has('calls') ? 'calls' : 'packets',
    filter: args.text('display-filter') ?? '',
    inspectionFor,
    // a file is looked at from its beginning
    tail: source.state.live && !(source instanceof FileSource),
  });
  configure(app, args);
  return app;
}

/** Keys and columns as the user wants them. Throws CliError for what is not. */
function configure(app: App, args: Arguments): void {
  app.mouseOn = !args.has('no-mouse');
  for (const binding of args.list('bind')) {
    const [, key, action = ''] = /^(.[^=]*)=(.*)$/s.exec(binding) ?? [];
    try {
      if (key === undefined) throw new RangeError('KEY=ACTION is meant');
      app.keymap.bind(key, action);
    } catch (e) {
      throw new CliError('--bind', `"${binding}": ${(e as Error).message}`, { cause: e });
    }
  }
  const columns = args.text('columns');
  if (columns === undefined) return;
  try {
    app.setColumns(columns.split(','));
  } catch (e) {
    throw new CliError('--columns', (e as Error).message, {
      hint: Object.keys(CALL_CELLS).join(', '),
      cause: e,
    });
  }
}

/** Whether standard input is the capture, so that keys have to come from elsewhere. */
function isStdin(args: Arguments): boolean {
  return (args.text('read-file') ?? args.positionals[0]) === '-';
}

/** Throws CliError for a filter that is none. */
function checkFilterOption(args: Arguments, inspectionFor: Parts['inspectionFor']): void {
  const filter = args.text('display-filter');
  if (filter === undefined) return;
  try {
    inspectionFor(filter);
  } catch (e) {
    if (!isFilterError(e)) throw e;
    const detail = showPlace(filter, e);
    throw new CliError('display filter', e.message, {
      cause: e,
      ...(detail === undefined ? {} : { detail }),
    });
  }
}

async function openSource(args: Arguments, io: Io): Promise<PacketSource> {
  const file = args.text('read-file') ?? args.positionals[0];
  const live = liveSettings(args);
  if (live !== null) {
    if (file !== undefined) throw new CliError('watch', `${file} does not go with -i or --proxy`);
    return (await import('./watch-live.ts')).liveSource(live, io.env);
  }
  if (file === undefined)
    throw new CliError('watch', 'nothing to look at', {
      hint: 'oncilla watch FILE, -i IFACE or --proxy LISTEN=TARGET',
    });
  if (file === '-') return new StreamSource(io.stdin, { name: 'standard input', live: !args.has('script') });
  try {
    if (statSync(file).isFile() && !isGzipFile(file)) return new FileSource(file, file);
    const stream = createReadStream(file);
    return new StreamSource(stream, { name: file, live: false, stop: () => stream.destroy() });
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
}

function readScript(script: string): ScriptStep[] {
  const text = script.startsWith('@') ? readText(script.slice(1)) : script;
  try {
    return parseScript(text);
  } catch (e) {
    throw new CliError('--script', (e as Error).message, { cause: e });
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new CliError(file, systemReason(e), { cause: e });
  }
}

function screenSize(args: Arguments): { width: number; height: number } {
  try {
    return parseSize(args.text('size') ?? '80x24');
  } catch (e) {
    throw new CliError('--size', (e as Error).message, { cause: e });
  }
}
