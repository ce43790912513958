/**
 * The options of `replay` and what their values mean. Throws CliError (status 2) for any that means nothing.
 */
import { readFileSync } from 'node:fs';
import {
  isReplayError,
  type MapRules,
  parseRules,
  type RecordedCall,
  type Timing,
  type Tolerance,
} from '../replay/index.ts';
import { isOwnMachine, parseTarget, type Target } from '../transport/target.ts';
import type { Arguments } from './arguments.ts';
import { callFailure } from './call-failure.ts';
import type { OptionTable } from './command.ts';
import { AUTH_CHOICES } from './credential.ts';
import { CliError, systemReason } from './errors.ts';
import { IDL_OPTIONS } from './idl-option-table.ts';
import { pathPattern } from './path-pattern.ts';

/** The endings that `--report` knows. */
export const REPORT_ENDINGS = ['.json', '.ndjson', '.xml', '.html', '.pcapng'] as const;

export const REPLAY_OPTIONS: OptionTable = {
  to: {
    value: '[PROGRAM=]TARGET',
    repeat: true,
    describe:
      'send the calls here; with PROGRAM=, those of one program (name or number). Beside another, udp:// takes what was recorded over UDP',
  },
  serve: {
    value: 'LISTEN',
    repeat: true,
    describe: 'answer clients from the recording: tcp:// udp:// unix:// tls:// (with ?cert=FILE&key=FILE)',
  },
  unmatched: {
    value: 'error|forward=TARGET',
    describe: 'with --serve, a call that the recording does not have: a verdict (default), or ask TARGET',
  },
  'insecure-listen': {
    describe: 'with --serve, allow listeners in the clear on addresses that others can reach',
  },
  ...IDL_OPTIONS,
  filter: { short: 'Y', value: 'FILTER', describe: 'replay only the calls that match this display filter' },
  keylog: {
    value: 'FILE',
    repeat: true,
    describe: 'decrypt TLS with the secrets in FILE (SSLKEYLOGFILE format)',
  },
  timing: {
    value: 'MODE',
    describe:
      'when calls go: asap (default), original, scaled=N (N times as fast), rate=R (R calls a second); with --serve, when answers do',
  },
  'max-gap': { value: 'SECONDS', describe: 'shorten longer pauses of the recording to this' },
  concurrency: { value: 'N', describe: 'at most N calls without reply; recorded (default): as it was' },
  timeout: { value: 'SECONDS', describe: 'wait so long for each answer (10)' },
  map: {
    value: 'auto|off|RULES.json',
    describe:
      "find what the server names anew (handles, UUIDs, ids, cookies, verifiers) and map it, don't, or by rules",
  },
  'save-map': { value: 'RULES.json', describe: 'write the rules that were found, to edit and give to --map' },
  ignore: {
    value: 'PATH',
    repeat: true,
    describe: 'a difference at this path is none: result.resok.verf, *.atime (* stands for anything)',
  },
  tolerance: {
    value: 'PATH=±N|±N%',
    repeat: true,
    describe: 'numbers at this path may differ by N, or by N percent',
  },
  mutate: {
    value: 'call=N,field=PATH',
    repeat: true,
    describe:
      'give this call to the fuzzer and go on with the session; field=header: what is before its arguments, case=ID and seed=N choose the mutation',
  },
  auth: {
    value: 'FLAVOR',
    choices: AUTH_CHOICES,
    describe: 'send this credential in place of the recorded ones: none or sys',
  },
  'i-own-this-target': { describe: 'allow a target off this machine' },
  report: {
    value: 'FILE',
    repeat: true,
    describe:
      'write a report, by its ending: .json .ndjson .xml (JUnit) .html .pcapng (what was sent and answered)',
  },
  quiet: { short: 'q', describe: 'print the summary only' },
};

export function timingOf(text: string | undefined): Timing {
  if (text === undefined || text === 'asap') return { mode: 'asap' };
  if (text === 'original') return { mode: 'original' };
  const [mode, value = ''] = text.split('=');
  const number = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : 0;
  if (mode === 'scaled' && number > 0) return { mode, factor: number };
  if (mode === 'rate' && number > 0) return { mode, perSecond: number };
  throw new CliError('--timing', `"${text}" is none of original, asap, scaled=N, rate=R`);
}

export function secondsOption(args: Arguments, name: string): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  if (!/^\d+(?:\.\d+)?$/.test(text)) throw new CliError(`--${name}`, `"${text}" is no number of seconds`);
  return Number(text);
}

export function concurrencyOf(text: string | undefined): number | undefined {
  if (text === undefined || text === 'recorded') return undefined;
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new CliError('--concurrency', `"${text}" is neither a number nor recorded`);
  return Number(text);
}

/** `PATH=±5`, `PATH=±10%`; `+-` and nothing stand for the sign too. */
export function toleranceOf(text: string): Tolerance {
  const [, path = '', digits = '', percent = ''] = /^(.+)=(?:±|\+-)?(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  if (path === '') throw new CliError('--tolerance', `"${text}" is not PATH=±N or PATH=±N%`);
  const pattern = pathPattern(path);
  const isShare = percent === '%';
  return { matches: (at) => pattern.test(at), by: isShare ? Number(digits) / 100 : Number(digits), isShare };
}

/** auto: null rules; off: no mapping at all. */
export function mappingOf(text: string | undefined): {
  readonly isOn: boolean;
  readonly rules: MapRules | null;
} {
  if (text === 'off') return { isOn: false, rules: null };
  if (text === undefined || text === 'auto') return { isOn: true, rules: null };
  try {
    return { isOn: true, rules: parseRules(readFileSync(text, 'utf8')) };
  } catch (e) {
    throw new CliError(text, isReplayError(e) ? e.message : systemReason(e), { cause: e });
  }
}

/** Where calls of one kind go: those recorded as datagrams, and those of streams; one target may take both. */
interface Pair {
  datagrams?: Target;
  stream?: Target;
}

/** Where each program's calls go. */
export class Targets {
  readonly #default: Pair = {};
  readonly #byProgram = new Map<number, Pair>();

  /** `numberOf`: a program's number by its name; throws for none. */
  constructor(texts: readonly string[], numberOf: (name: string) => number) {
    for (const text of texts) {
      const [, name, url = text] = /^([\w.-]+)=(.*)$/s.exec(text) ?? [];
      const pair =
        name === undefined ? this.#default : this.#of(/^\d+$/.test(name) ? Number(name) : numberOf(name));
      const target = targetOf(url);
      const kind = target.kind === 'udp' ? 'datagrams' : 'stream';
      if (pair[kind] !== undefined) {
        throw new CliError('--to', 'two targets for the same calls', {
          hint: 'PROGRAM=TARGET, or udp:// for what was recorded over UDP',
        });
      }
      pair[kind] = target;
    }
  }

  #of(program: number): Pair {
    const pair = this.#byProgram.get(program) ?? {};
    this.#byProgram.set(program, pair);
    return pair;
  }

  /** Undefined: its calls are not sent. */
  of({ program, connection }: Pick<RecordedCall, 'program' | 'connection'>): Target | undefined {
    const { datagrams, stream } = this.#byProgram.get(program) ?? this.#default;
    return connection.transport === 'udp' ? (datagrams ?? stream) : (stream ?? datagrams);
  }

  get all(): Target[] {
    return [this.#default, ...this.#byProgram.values()]
      .flatMap(({ stream, datagrams }) => [stream, datagrams])
      .filter((target) => target !== undefined);
  }
}

/** A target to connect to, as an option names it. */
export function targetOf(url: string, option = '--to'): Target {
  try {
    const target = parseTarget(url);
    if (target.kind === 'fd') throw new CliError(option, 'fd: is for listeners');
    return target;
  } catch (e) {
    throw callFailure(option, e);
  }
}

/** What a session does is done again: to targets of one's own. */
export function permitTargets(targets: readonly Target[], args: Arguments, option = '--to'): void {
  if (args.has('i-own-this-target')) return;
  const away = targets.find((target) => !isOwnMachine(target));
  if (away === undefined) return;
  throw new CliError(option, `${away.host} is not this machine`, {
    hint: '--i-own-this-target says that you may call it',
  });
}
