/**
 * A small server of a small program with bugs that can be planted one by one, over TCP and UDP: what the fuzzer must
 * find, and, without any, must not. It reads arguments by hand, as servers do, because a codec has no such bugs.
 */
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { type IdlModule, isIdlErrors, parseIdl } from '../../codec/idl/index.ts';
import { ProgramTable } from '../../codec/programs/index.ts';
import {
  AuthStat,
  encodeRecord,
  encodeReply,
  HeaderStatus,
  isRpcError,
  MsgType,
  newHeader,
  parseHeader,
  RecordReader,
  type ReplyInit,
} from '../../codec/rpc/index.ts';
import { judgeCredential } from '../../codec/rpc/judge-credential.ts';
import { decodeAt, encode, isXdrError, type XdrType } from '../../codec/xdr/index.ts';
import { CorpusBuilder } from '../../fuzz/corpus.ts';
import { dictionaryOf } from '../../fuzz/dictionary.ts';
import type { Supervised } from '../../fuzz/run.ts';
import { servedOf } from '../../fuzz/served.ts';

export const PLANT_SOURCE = `
const TRACE_LEVEL = 7301;
enum color { RED = 1, GREEN = 2, BLUE = 4 };
struct item { string name<16>; int values<8>; color shade; bool flag; };
struct node { int value; node *next; };
typedef node *chain;
typedef opaque blob<64>;
typedef opaque ticket[8];
struct entry { ticket which; int amount; };
struct trace { int level; color tint; int check; };
program PLANT {
  version PLANT_V1 {
    void PLANT_NULL(void) = 0;
    int PLANT_PUT(item) = 1;
    blob PLANT_ECHO(blob) = 2;
    int PLANT_SUM(chain) = 3;
    ticket PLANT_OPEN(int) = 4;
    int PLANT_APPEND(entry) = 5;
    int PLANT_COMMIT(ticket) = 6;
    int PLANT_TRACE(trace) = 7;
  } = 1;
} = 0x20000e01;`;

export const PROGRAM = 0x20000e01;

export const BUGS = [
  'off-by-one limit',
  'negative count',
  'missing depth check',
  'state leak after an error',
  'xid table leak',
  'slow half record starvation',
  'wrong verdict',
  'unchecked enum',
  'cross-connection leak',
  'bug behind a prefix',
  'bug behind nested equality',
  'crash on half-close',
] as const;
export type Bug = (typeof BUGS)[number];

/** The bucket that each bug is found in, of a process that is supervised. */
export const BUCKETS: Readonly<Record<Bug, string>> = {
  'off-by-one limit': 'accepted PLANT_PUT.1 LIMIT in name accepted',
  'negative count': 'accepted PLANT_PUT.1 LIMIT in values accepted',
  'missing depth check': 'crash PLANT_SUM.1 exit status 139',
  'state leak after an error': 'verdict PLANT_PUT.1 GARBAGE_ARGS in a session',
  'xid table leak': 'canary any no answer after many auth',
  'slow half record starvation': 'canary any starved',
  'wrong verdict': 'system any SYSTEM_ERR, not PROC_UNAVAIL',
  'unchecked enum': 'accepted PLANT_PUT.1 BAD_ENUM in shade accepted',
  'cross-connection leak': 'taint PLANT_ECHO.1 foreign memory',
  'bug behind a prefix': 'system PLANT_APPEND.1 SYSTEM_ERR in a session',
  'bug behind nested equality': 'system PLANT_TRACE.1 SYSTEM_ERR',
  'crash on half-close': 'crash any exit status 139 after end',
};

/** As the `.x` has them. */
const TRACE_LEVEL = 7301;
const BLUE = 4;

/** Calls that are under way at once, at most. */
const XIDS = 48;

function plantModule(): IdlModule {
  const module = parseIdl(PLANT_SOURCE, { file: 'plant.x' });
  if (isIdlErrors(module)) throw module;
  return module;
}

/** What its `.x` says of values, as `oncilla fuzz` takes it. */
export function plantCorpus(): CorpusBuilder {
  const corpus = new CorpusBuilder();
  const types = plantServed().procedures.map(({ declared }) => declared.procedure.argument);
  corpus.addDictionary(dictionaryOf(types, plantModule().constants.values()));
  return corpus;
}

/** The program as the fuzzer knows it. */
export function plantServed() {
  const table = new ProgramTable();
  for (const program of plantModule().programs) table.add(program);
  return servedOf(table, [PROGRAM]);
}

/** What a call gets; 'drop': nothing. */
type Answer = { readonly init: ReplyInit; readonly results?: Uint8Array } | 'drop';

/** What a ticket stands for. */
interface Opened {
  entries: number;
  isCommitted: boolean;
}

/** Serves; `crash` ends it as a fault of memory ends a process, until `restart` serves anew at the same ports. */
export class PlantServer implements Supervised {
  readonly #bugs: ReadonlySet<Bug>;
  readonly #types = plantServed().procedures.map(({ declared }) => declared.procedure);
  #tcp: Server | null = null;
  #udp: Datagrams | null = null;
  readonly #sockets = new Set<Socket>();
  /** where every datagram and record is put before it is read: what a leak comes from */
  readonly #buffer = new Uint8Array(1 << 21);
  readonly #tickets = new Map<string, Opened>();
  readonly #xids = new Set<number>();
  #halves = 0;
  /** what was not read yet because of half a record elsewhere */
  readonly #waiting: (() => void)[] = [];
  #ended: string | null = null;
  /** told of each message that is read */
  onMessage: (message: Uint8Array) => void = () => {};
  #port = { tcp: 0, udp: 0 };

  private constructor(bugs: readonly Bug[]) {
    this.#bugs = new Set(bugs);
  }

  static async start(bugs: Bug | readonly Bug[] | null = null, port = 0): Promise<PlantServer> {
    const server = new PlantServer(bugs === null ? [] : typeof bugs === 'string' ? [bugs] : bugs);
    server.#port = { tcp: port, udp: port };
    await server.#listen();
    return server;
  }

  get ended(): string | null {
    return this.#ended;
  }

  get tcpUrl(): string {
    return `tcp://127.0.0.1:${this.#port.tcp}`;
  }

  get udpUrl(): string {
    return `udp://127.0.0.1:${this.#port.udp}`;
  }

  memory(): null {
    return null;
  }

  descriptors(): number {
    return this.#sockets.size;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#ended = null;
    this.#halves = 0;
    this.#waiting.length = 0;
    this.#tickets.clear();
    this.#xids.clear();
    await this.#listen();
  }

  async stop(): Promise<void> {
    this.#hangUp();
    await Promise.all([closed(this.#udp), closed(this.#tcp)]);
    this.#udp = null;
  }

  async #listen(): Promise<void> {
    const tcp = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
    const udp = createSocket('udp4');
    udp.on('message', (bytes, from) => {
      const reply = this.#answer(bytes, { dirty: false });
      if (reply instanceof Uint8Array) udp.send(reply, from.port, from.address);
    });
    [this.#tcp, this.#udp] = [tcp, udp];
    await new Promise<void>((resolve) => void tcp.listen(this.#port.tcp, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => void udp.bind(this.#port.udp, '127.0.0.1', resolve));
    this.#port = { tcp: (tcp.address() as { port: number }).port, udp: udp.address().port };
  }

  #hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What C would make of it. */
  #crash(): void {
    if (this.#ended !== null) return;
    this.#ended = 'exit status 139';
    this.#hangUp();
    this.#tcp?.close();
    this.#udp?.close();
    this.#udp = null;
  }

  #has(bug: Bug): boolean {
    return this.#bugs.has(bug);
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const reader = new RecordReader();
    const state = { dirty: false };
    let half = false;
    let answered = 0;
    const isHalf = (now: boolean): void => {
      if (now !== half) this.#halves += now ? 1 : -1;
      half = now;
      if (this.#halves > 0) return;
      for (const read of this.#waiting.splice(0)) read();
    };
    socket.on('error', () => {});
    socket.on('close', () => {
      isHalf(false);
      this.#sockets.delete(socket);
    });
    const read = (bytes: Uint8Array): void => {
      if (socket.destroyed) return;
      // As a server of one thread that reads on until its record is whole.
      if (this.#has('slow half record starvation') && this.#halves > 0 && !half) {
        this.#waiting.push(() => read(bytes));
        return;
      }
      reader.push(bytes);
      try {
        for (let record = reader.next(); record !== null; record = reader.next()) {
          const reply = this.#answer(record.bytes, state);
          if (reply === 'drop') continue;
          answered++;
          socket.write(encodeRecord(reply));
        }
      } catch (e) {
        if (!isRpcError(e)) throw e;
        socket.destroy();
        return;
      }
      isHalf(reader.partial);
    };
    socket.on('data', read);
    socket.on('end', () => {
      if (this.#has('crash on half-close') && answered > 1) this.#crash();
      else socket.end();
    });
  }

  /** The reply's bytes; 'drop': none. */
  #answer(message: Uint8Array, state: { dirty: boolean }): Uint8Array | 'drop' {
    this.onMessage(message);
    const answer = this.#judge(message, state);
    if (answer === 'drop' || this.#ended !== null) return 'drop';
    if (answer.init.verdict === 'GARBAGE_ARGS') state.dirty = true;
    return encodeReply(answer.init, answer.results);
  }

  #judge(message: Uint8Array, state: { dirty: boolean }): Answer {
    const h = newHeader();
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const status = parseHeader(view, 0, message.length, h);
    const { xid } = h;
    if (h.msgType !== MsgType.CALL || this.#xids.size >= XIDS) return 'drop';
    if (status === HeaderStatus.BAD_RPCVERS)
      return { init: { xid, verdict: 'RPC_MISMATCH', low: 2, high: 2 } };
    const authStat = AuthStat.AUTH_BADCRED;
    if (status === HeaderStatus.BAD_AUTH_LENGTH) return { init: { xid, verdict: 'AUTH_ERROR', authStat } };
    if (status !== HeaderStatus.COMPLETE) return 'drop';
    if (judgeCredential(h, view, 'tcp') !== AuthStat.AUTH_OK) {
      // It was put there before the credential was looked at, and nobody takes it out.
      if (this.#has('xid table leak')) this.#xids.add(xid);
      return { init: { xid, verdict: 'AUTH_ERROR', authStat } };
    }
    if (h.program !== PROGRAM) return { init: { xid, verdict: 'PROG_UNAVAIL' } };
    if (h.version !== 1) return { init: { xid, verdict: 'PROG_MISMATCH', low: 1, high: 1 } };
    const procedure = this.#types.find((one) => one.number === h.procedure);
    if (procedure === undefined) {
      return { init: { xid, verdict: this.#has('wrong verdict') ? 'SYSTEM_ERR' : 'PROC_UNAVAIL' } };
    }
    if (this.#has('state leak after an error') && state.dirty && procedure.number !== 0) {
      state.dirty = false;
      return { init: { xid, verdict: 'GARBAGE_ARGS' } };
    }
    const args = message.subarray(h.bodyOff);
    if (procedure.number === 2) return this.#echo(xid, args);
    const decoded = this.#decode(procedure.argument, args);
    if (decoded === 'crash') {
      this.#crash();
      return 'drop';
    }
    if (decoded === null) return { init: { xid, verdict: 'GARBAGE_ARGS' } };
    const result = this.#call(procedure.number, decoded);
    if (result === 'fault') return { init: { xid, verdict: 'SYSTEM_ERR' } };
    const results = procedure.number === 0 ? new Uint8Array(0) : encode(procedure.result, result);
    return { init: { xid, verdict: 'SUCCESS' }, results };
  }

  /** What a procedure gives; 'fault' for what it runs into. */
  #call(procedure: number, args: unknown): unknown {
    switch (procedure) {
      case 4:
        return this.#open();
      case 5:
        return this.#append((args as { which: Uint8Array }).which);
      case 6:
        return this.#commit(args as Uint8Array);
      case 7:
        return this.#trace(args as { level: number; tint: number; check: number });
      default:
        return 7;
    }
  }

  #open(): Uint8Array {
    const ticket = Buffer.alloc(8);
    ticket.writeUInt32BE(0x7e570000 + this.#tickets.size, 4);
    ticket.writeUInt32BE(0xfeed, 0);
    if (this.#tickets.size < 4096)
      this.#tickets.set(ticket.toString('hex'), { entries: 0, isCommitted: false });
    return new Uint8Array(ticket);
  }

  #append(ticket: Uint8Array): number | 'fault' {
    const opened = this.#tickets.get(Buffer.from(ticket).toString('hex'));
    if (opened === undefined) return -1;
    if (!opened.isCommitted) return ++opened.entries;
    return opened.entries > 0 && this.#has('bug behind a prefix') ? 'fault' : -1;
  }

  #commit(ticket: Uint8Array): number {
    const opened = this.#tickets.get(Buffer.from(ticket).toString('hex'));
    if (opened === undefined) return -1;
    opened.isCommitted = true;
    return opened.entries;
  }

  #trace({ level, tint, check }: { level: number; tint: number; check: number }): number | 'fault' {
    if (!this.#has('bug behind nested equality')) return 0;
    if (level === TRACE_LEVEL) if (tint === BLUE) if (check === level) return 'fault';
    return level;
  }

  /** The value, null where there is none, 'crash' where a server of C would have crashed. */
  #decode(type: XdrType, args: Uint8Array): unknown {
    try {
      const { value, consumed } = decodeAt(type, args, 0, args.length);
      if (consumed !== args.length) return null;
      const isDeep = Array.isArray(value) && value.length >= 1000;
      return isDeep && this.#has('missing depth check') ? 'crash' : (value ?? {});
    } catch (e) {
      if (!isXdrError(e)) throw e;
      const word = e.offset + 4 <= args.length ? Buffer.from(args).readUInt32BE(e.offset) : 0;
      const forgiven =
        (this.#has('off-by-one limit') && e.code === 'LIMIT' && e.path === 'name' && word === 17) ||
        (this.#has('negative count') && e.code === 'LIMIT' && e.path === 'values' && word >= 0x80000000) ||
        (this.#has('unchecked enum') && e.code === 'BAD_ENUM' && e.path === 'shade');
      return forgiven ? {} : null;
    }
  }

  /** With the leak, a length is believed, and the bytes come from wherever the last message was put. */
  #echo(xid: number, args: Uint8Array): Answer {
    this.#buffer.set(args);
    const length = args.length < 4 ? 0xffffffff : Buffer.from(args).readUInt32BE(0);
    const padded = Math.ceil(length / 4) * 4;
    const there = args.length === 4 + padded && args.subarray(4 + length).every((byte) => byte === 0);
    if (length > 64 || (!there && !this.#has('cross-connection leak'))) {
      return { init: { xid, verdict: 'GARBAGE_ARGS' } };
    }
    const results = new Uint8Array(4 + padded);
    results.set(this.#buffer.subarray(0, 4 + length));
    return { init: { xid, verdict: 'SUCCESS' }, results };
  }
}

function closed(one: Server | Datagrams | null): Promise<void> {
  return new Promise((resolve) => {
    if (one === null) resolve();
    else one.close(() => resolve());
  });
}
