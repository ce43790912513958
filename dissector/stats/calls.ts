/**
 * The tap behind `--calls`: joins each call with its reply into one Transaction. It is handed on when its reply
 * comes; a call without a reply when it is forgotten (by number or age, as the session layer forgets it) or at the
 * end; a reply without a call at once. Repeated calls and replies belong to the transaction they repeat. Bodies are
 * decoded when met, and what is kept of them is bounded. Never throws.
 */
import {
  AcceptStat,
  HeaderStatus,
  newHeader,
  parseHeader,
  RejectStat,
  ReplyStat,
} from '../../codec/rpc/index.ts';
import type { TextTarget } from '../../codec/xdr/index.ts';
import { endpoint } from '../network/address.ts';
import type { Frame } from '../network/frame.ts';
import { NumberMap } from '../session/number-map.ts';
import type { Pdu } from '../session/pdu.ts';

/** Why a body has no value: an error code, where, and at which part of the value. */
export interface Malformed {
  readonly code: string;
  readonly offset: number;
  readonly path: string;
}

/** Codes that are no mistake of the sender: sealed by GSS, not kept, of an unknown type or call. */
const BLAMELESS = new Set(['SEALED', 'LIMIT', 'NO_TYPE', 'NO_CALL']);

/** Whether something of a call or its reply is not as its sender should have written it. */
export function isMalformed(transaction: Pick<Transaction, 'malformed'>): boolean {
  return transaction.malformed.some((m) => !BLAMELESS.has(m.code));
}

/** The JSON text of a body without a value. */
export const NO_JSON = 'null';

/** Writes the text of a value. That of results dies with their PDU, that of arguments does not. */
export interface JsonPrinter {
  /** bytes that it keeps, and as many more for their text */
  readonly size: number;
  print(out: TextTarget): void;
}

/** A decoded body: the text of its value in the JSON form of DESIGN section 2, NO_JSON where there is none. */
export interface Body {
  readonly json: string;
  /** instead of `json`, if it was asked for and there is a value */
  readonly printer?: JsonPrinter;
  readonly malformed: readonly Malformed[];
}

/** Names and types of programs. `off` to `end` are the arguments' or results' bytes in `pdu.buf`. */
export interface CallDecoder {
  programName(program: number, version: number): string | null;
  procedureName(program: number, version: number, procedure: number): string | null;
  authName(flavor: number, pdu: Pdu | null): string;
  /** `printed`: rather a printer than text */
  args(pdu: Pdu, off: number, end: number, printed?: boolean): Body;
  result(pdu: Pdu, off: number, end: number, printed?: boolean): Body;
  /** what a message says in a few words, '' where only its value tells */
  words(pdu: Pdu): string;
}

/** A call and its reply, as far as they were seen. Numbers are null where they are not known. */
export interface Transaction {
  readonly call: number | null;
  reply: number | null;
  /** of the call; of the reply when there is no call */
  readonly sec: number;
  readonly nsec: number;
  readonly transport: 'tcp' | 'udp';
  readonly client: string;
  readonly server: string;
  readonly xid: number;
  readonly program: number | null;
  readonly programName: string | null;
  readonly version: number | null;
  readonly procedure: number | null;
  readonly procedureName: string | null;
  readonly auth: string | null;
  latencyNs: number | null;
  verdict: string | null;
  /** JSON text of the value */
  args: string;
  result: string;
  /** what gives their text instead */
  argsPrinter?: JsonPrinter | null;
  resultPrinter?: JsonPrinter | null;
  /** how many bytes stand where a value could not be had */
  argsBytes: number;
  resultBytes: number;
  malformed: readonly Malformed[];
  /** what they say in a few words, for people: '' where only the value tells, or when no words were asked for */
  argsWords: string;
  resultWords: string;
  /** what is unusual about the call or the reply, for people */
  notes: readonly string[];
  /** whether one of its frames matches the display filter */
  matches: boolean;
}

export interface CallAssemblerOptions {
  readonly decoder: CallDecoder;
  readonly emit: (transaction: Transaction) => void;
  /** calls kept for their reply, how long in seconds of capture time, and characters of JSON kept for them */
  readonly maxPending?: number;
  readonly maxSeconds?: number;
  readonly maxChars?: number;
  /** find words for calls and replies */
  readonly words?: boolean;
  /** transactions are written as JSON when they are emitted, so that values need not be made text before */
  readonly printed?: boolean;
}

/** Feed it every PDU with its frame, in order; then call `finish`. */
export class CallAssembler {
  readonly #options: CallAssemblerOptions;
  readonly #maxPending: number;
  readonly #maxSeconds: number;
  readonly #maxChars: number;
  /** by CallRecord.ordinal, which grows from call to call; none is below #oldest or above #newest */
  readonly #pending = new NumberMap<Transaction>();
  #oldest = 0;
  #newest = -1;
  readonly #header = newHeader();
  #chars = 0;

  constructor(options: CallAssemblerOptions) {
    this.#options = options;
    this.#maxPending = options.maxPending ?? 100_000;
    this.#maxSeconds = options.maxSeconds ?? 120;
    this.#maxChars = options.maxChars ?? 32 << 20;
  }

  add(frame: Frame, pdu: Pdu, matches = true): void {
    if (pdu.kind !== 'message') return;
    const known = pdu.call === null ? undefined : this.#pending.get(pdu.call.ordinal);
    if (known !== undefined) known.matches ||= matches;
    if (pdu.dupOf !== 0) return;
    parseHeader(pdu.view, pdu.off, pdu.off + pdu.len, this.#header, Number.MAX_SAFE_INTEGER);
    if (pdu.msgtyp === 0) this.#call(frame, pdu, matches);
    else this.#reply(frame, pdu, known, matches);
  }

  /** Hands on the calls that were never answered, oldest first. */
  finish(): void {
    for (let ordinal = this.#oldest; this.#pending.size > 0 && ordinal <= this.#newest; ordinal++) {
      const transaction = this.#pending.get(ordinal);
      if (transaction === undefined) continue;
      this.#pending.delete(ordinal);
      this.#options.emit(transaction);
    }
    this.#chars = 0;
  }

  #call(frame: Frame, pdu: Pdu, matches: boolean): void {
    const { bodyOff } = this.#header;
    const { decoder, emit, printed } = this.#options;
    const body = bodyOff < 0 ? this.#noBody(pdu) : decoder.args(pdu, bodyOff, pdu.off + pdu.len, printed);
    const transaction = this.#transaction(frame, pdu, frame.packet.number, null, pdu.dir === 0);
    transaction.matches = matches;
    transaction.args = body.json;
    transaction.argsPrinter = body.printer ?? null;
    transaction.argsBytes = undecoded(body, pdu, bodyOff);
    if (this.#options.words) transaction.argsWords = decoder.words(pdu);
    transaction.malformed = body.malformed;
    if (pdu.call === null) {
      emit(transaction);
      return;
    }
    this.#forget(frame.packet.sec);
    this.#pending.set(pdu.call.ordinal, transaction);
    this.#oldest = Math.min(this.#oldest, pdu.call.ordinal);
    this.#newest = Math.max(this.#newest, pdu.call.ordinal);
    this.#chars += charsOf(transaction);
    this.#shed();
  }

  #reply(frame: Frame, pdu: Pdu, known: Transaction | undefined, matches: boolean): void {
    const { emit } = this.#options;
    const { bodyOff } = this.#header;
    if (known !== undefined) {
      this.#pending.delete(pdu.call!.ordinal);
      this.#chars -= charsOf(known);
    }
    const callFrame = pdu.callFrame === 0 ? null : pdu.callFrame;
    const transaction = known ?? this.#transaction(frame, pdu, callFrame, frame.packet.number, pdu.dir === 1);
    transaction.matches ||= matches;
    transaction.reply = frame.packet.number;
    transaction.latencyNs = pdu.call === null || pdu.timeNs < 0 ? null : pdu.timeNs;
    transaction.verdict = this.#verdict();
    if (pdu.notes.length > 0) transaction.notes = [...new Set([...transaction.notes, ...pdu.notes])];
    let body: Body | null = null;
    if (bodyOff < 0) body = this.#noBody(pdu);
    else if (transaction.verdict === 'SUCCESS') body = this.#result(pdu, bodyOff);
    if (body !== null) {
      transaction.result = body.json;
      transaction.resultPrinter = body.printer ?? null;
      transaction.resultBytes = undecoded(body, pdu, bodyOff);
      if (this.#options.words) transaction.resultWords = this.#options.decoder.words(pdu);
      if (body.malformed.length > 0) transaction.malformed = [...transaction.malformed, ...body.malformed];
    }
    emit(transaction);
  }

  #result(pdu: Pdu, off: number): Body {
    const { decoder, printed } = this.#options;
    if (pdu.call !== null) return decoder.result(pdu, off, pdu.off + pdu.len, printed);
    return { json: NO_JSON, malformed: [{ code: 'NO_CALL', offset: off - pdu.off, path: '' }] };
  }

  /** For a message whose header does not end, or not as RPC's does. */
  #noBody(pdu: Pdu): Body {
    const { status, stop } = this.#header;
    const code = status === HeaderStatus.TRUNCATED ? 'TRUNCATED' : 'BAD_HEADER';
    return { json: NO_JSON, malformed: [{ code, offset: stop - pdu.off, path: '' }] };
  }

  #transaction(
    frame: Frame,
    pdu: Pdu,
    call: number | null,
    reply: number | null,
    clientIsA: boolean,
  ): Transaction {
    const { decoder } = this.#options;
    const { program, version, procedure } = pdu;
    const known = program >= 0 && version >= 0 && procedure >= 0;
    const { flow } = pdu;
    const a = flow === null ? '' : endpoint(flow.aAddr, flow.aPort);
    const b = flow === null ? '' : endpoint(flow.bAddr, flow.bPort);
    const flavor = pdu.msgtyp === 0 ? this.#header.credFlavor : (pdu.call?.flavor ?? -1);
    return {
      call,
      reply,
      sec: frame.packet.sec,
      nsec: frame.packet.nsec,
      transport: flow?.protocol === 6 ? 'tcp' : 'udp',
      client: clientIsA ? a : b,
      server: clientIsA ? b : a,
      xid: pdu.xid,
      program: program >= 0 ? program : null,
      programName: program >= 0 ? decoder.programName(program, version) : null,
      version: known ? version : null,
      procedure: known ? procedure : null,
      procedureName: known ? decoder.procedureName(program, version, procedure) : null,
      auth: flavor < 0 ? null : decoder.authName(flavor, pdu),
      latencyNs: null,
      verdict: null,
      args: 'null',
      result: 'null',
      argsPrinter: null,
      resultPrinter: null,
      argsBytes: 0,
      resultBytes: 0,
      argsWords: '',
      resultWords: '',
      malformed: [],
      notes: [...pdu.notes],
      matches: false,
    };
  }

  #verdict(): string | null {
    const { replyStat, acceptStat, rejectStat } = this.#header;
    if (replyStat === ReplyStat.ACCEPTED) return ACCEPT_STATS.get(acceptStat) ?? null;
    if (replyStat === ReplyStat.DENIED) return REJECT_STATS.get(rejectStat) ?? null;
    return null;
  }

  /** Hands on what is too old or too much. */
  #forget(now: number): void {
    for (; this.#pending.size > 0; this.#oldest++) {
      const transaction = this.#pending.get(this.#oldest);
      if (transaction === undefined) continue;
      if (this.#pending.size < this.#maxPending && transaction.sec >= now - this.#maxSeconds) return;
      this.#pending.delete(this.#oldest);
      this.#chars -= charsOf(transaction);
      this.#options.emit(transaction);
    }
  }

  /** Lets go of the oldest arguments when too much text is kept; the calls stay. */
  #shed(): void {
    if (this.#chars <= this.#maxChars) return;
    for (let ordinal = this.#oldest; ordinal <= this.#newest; ordinal++) {
      const transaction = this.#pending.get(ordinal);
      if (transaction === undefined) continue;
      if (this.#chars <= this.#maxChars / 2) return;
      const chars = charsOf(transaction);
      if (chars <= NO_JSON.length) continue;
      this.#chars -= chars - NO_JSON.length;
      transaction.args = NO_JSON;
      transaction.argsPrinter = null;
      transaction.malformed = [...transaction.malformed, { code: 'LIMIT', offset: 0, path: '' }];
    }
  }
}

/** How many bytes a body has that gave no value. */
function undecoded(body: Body, pdu: Pdu, off: number): number {
  return off < 0 || body.malformed.length === 0 || body.json !== NO_JSON ? 0 : pdu.off + pdu.len - off;
}

function charsOf({ args, argsPrinter }: Transaction): number {
  return argsPrinter ? 2 * argsPrinter.size : args.length;
}

const ACCEPT_STATS = namesOf(AcceptStat);
const REJECT_STATS = namesOf(RejectStat);

function namesOf(names: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(names).map(([name, number]) => [number, name]));
}

/** A line of JSON for one transaction: the times with nine decimals, from integers. */
export function transactionJson(t: Transaction): string {
  return `${jsonHead(t)}${t.args},"result":${t.result}${jsonTail(t)}`;
}

/** The same, piece by piece. */
export function writeTransaction(out: TextTarget, t: Transaction): void {
  out.text(jsonHead(t));
  if (t.argsPrinter) t.argsPrinter.print(out);
  else out.text(t.args);
  out.text(',"result":');
  if (t.resultPrinter) t.resultPrinter.print(out);
  else out.text(t.result);
  out.text(jsonTail(t));
}

function jsonHead(t: Transaction): string {
  const { sec, nsec, latencyNs } = t;
  const text = (value: unknown) => JSON.stringify(value);
  return (
    `{"call":${t.call},"reply":${t.reply},"time":${sec}.${String(nsec).padStart(9, '0')},` +
    `"transport":${text(t.transport)},"client":${text(t.client)},"server":${text(t.server)},` +
    `"xid":"0x${t.xid.toString(16).padStart(8, '0')}","program":${t.program},` +
    `"programName":${text(t.programName)},"version":${t.version},"procedure":${t.procedure},` +
    `"procedureName":${text(t.procedureName)},"auth":${text(t.auth)},` +
    `"latency":${latencyNs === null ? null : seconds(latencyNs)},"verdict":${text(t.verdict)},` +
    `"args":`
  );
}

function jsonTail({ malformed }: Transaction): string {
  return `,"malformed":${malformed.length === 0 ? '[]' : JSON.stringify(malformed)}}`;
}

/** Nanoseconds as seconds with nine decimals. */
export function seconds(ns: number): string {
  const whole = Math.floor(ns / 1e9);
  return `${whole}.${String(ns - whole * 1e9).padStart(9, '0')}`;
}

const SHORT_CHARS = 64;
/** Characters of a value in which file handles are looked for. */
const MAX_SEARCHED = 2048;

/** The path that a file handle is known under, given in hexadecimal with the addresses it may be of. */
export type HandlePath = (handle: string, addresses: readonly string[]) => string | null;

/**
 * One line of text for one transaction; `time` is how its time is shown. Text from peers is JSON-quoted. File handles
 * whose path is known give way to it.
 */
export function transactionText(t: Transaction, time: string, handlePath: HandlePath = () => null): string {
  const program = t.programName ?? (t.program === null ? '?' : String(t.program));
  const latency = t.latencyNs === null ? '-' : seconds(t.latencyNs);
  const { args, result, remarks } = transactionWords(t, handlePath);
  return (
    `${time} ${t.client} → ${t.server} ${program} V${t.version ?? '?'} ${procedureText(t)} ${latency} ` +
    `${verdictText(t)} ${args} → ${result}${remarks}`
  );
}

/** The procedure's name, or its number. */
export function procedureText(t: Transaction): string {
  return t.procedureName ?? (t.procedure === null ? '?' : `proc-${t.procedure}`);
}

export function verdictText(t: Transaction): string {
  return t.verdict ?? (t.reply === null ? 'no reply' : '?');
}

/** What a transaction says in short: its arguments, its result, and behind them what is wrong or unusual. */
export function transactionWords(
  t: Transaction,
  handlePath: HandlePath = () => null,
): { readonly args: string; readonly result: string; readonly remarks: string } {
  const broken = t.malformed
    .filter((m) => m.code !== 'NO_TYPE' && m.code !== 'NO_CALL')
    .map((m) => ` [${m.code} at ${m.offset}${m.path === '' ? '' : ` in ${m.path}`}]`);
  const notes = t.notes.map((note) => ` [${note}]`);
  if (t.call === null) notes.push(' [call not seen]');
  const addresses = [addressOf(t.server), addressOf(t.client)];
  const pathOf = (handle: string) => handlePath(handle, addresses);
  return {
    args: t.argsWords === '' ? short(t.args, t.argsBytes, pathOf) : named(t.args, t.argsWords, pathOf),
    result: t.resultWords === '' ? short(t.result, t.resultBytes, pathOf) : t.resultWords,
    remarks: broken.join('') + notes.join(''),
  };
}

/** The address of `ip:port` or `[ip6]:port`. */
function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}

/** Bytes in JSON that may be a file handle, of at most the 128 bytes of NFS 4. */
const HANDLE = /"((?:[0-9a-f]{2}){4,128})"/g;

/** Words, and before them the paths of the file handles that the arguments have. */
function named(json: string, words: string, pathOf: (handle: string) => string | null): string {
  const paths = new Set<string>();
  for (const [, handle] of json.slice(0, MAX_SEARCHED).matchAll(HANDLE)) {
    const path = pathOf(handle!);
    if (path !== null) paths.add(JSON.stringify(path));
  }
  return [...paths, words].join(' ');
}

/** A value's beginning, for people: names without quotes, and little of long bytes. */
function short(json: string, undecodedBytes: number, pathOf: (handle: string) => string | null): string {
  if (undecodedBytes > 0) return `(${undecodedBytes} bytes)`;
  if (json === 'null') return '()';
  const text = json
    .slice(0, MAX_SEARCHED)
    .replaceAll(HANDLE, (bytes, handle: string) => {
      const path = pathOf(handle);
      return path === null ? bytes : JSON.stringify(path);
    })
    .slice(0, 4 * SHORT_CHARS)
    .replaceAll(/"([A-Za-z_]\w*)":/g, '$1:')
    .replaceAll(/"([0-9a-f]{16})[0-9a-f]{4,}(?:"|$)/g, '$1…');
  return text.length <= SHORT_CHARS && json.length <= 4 * SHORT_CHARS
    ? text
    : `${text.slice(0, SHORT_CHARS - 1)}…`;
}
