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
import { servedOf } from '../../fuzz/served.ts';

export const PLANT_SOURCE = `
enum color { RED = 1, GREEN = 2, BLUE = 4 };
struct item { string name<16>; int values<8>; color shade; bool flag; };
struct node { int value; node *next; };
typedef node *chain;
typedef opaque blob<64>;
program PLANT {
  version PLANT_V1 {
    void PLANT_NULL(void) = 0;
    int PLANT_PUT(item) = 1;
    blob PLANT_ECHO(blob) = 2;
    int PLANT_SUM(chain) = 3;
  } = 1;
} = 0x20000e01;`;

export const PROGRAM = 0x20000e01;

export type Bug =
  | 'off-by-one limit'
  | 'negative count'
  | 'missing depth check'
  | 'state leak after an error'
  | 'slow half record starvation'
  | 'wrong verdict'
  | 'unchecked enum'
  | 'cross-connection leak';

function plantModule(): IdlModule {
  const module = parseIdl(PLANT_SOURCE, { file: 'plant.x' });
  if (isIdlErrors(module)) throw module;
  return module;
}

/** The program as the fuzzer knows it. */
export function plantServed() {
  const table = new ProgramTable();
  for (const program of plantModule().programs) table.add(program);
  return servedOf(table, [PROGRAM]);
}

/** What a call gets; null: nothing, and the connection ends. */
type Answer = { readonly init: ReplyInit; readonly results?: Uint8Array } | null | 'drop';

export class PlantServer {
  readonly #bug: Bug | null;
  readonly #types = plantServed().procedures.map(({ declared }) => declared.procedure);
  readonly #tcp: Server;
  readonly #udp: Datagrams;
  readonly #sockets = new Set<Socket>();
  /** where every datagram and record is put before it is read: what a leak comes from */
  readonly #buffer = new Uint8Array(1 << 21);
  #halves = 0;
  tcpUrl = '';
  udpUrl = '';

  private constructor(bug: Bug | null) {
    this.#bug = bug;
    this.#tcp = createServer((socket) => this.#serve(socket));
    this.#udp = createSocket('udp4');
    this.#udp.on('message', (bytes, from) => {
      const reply = this.#answer(bytes, { dirty: false });
      if (reply instanceof Uint8Array) this.#udp.send(reply, from.port, from.address);
    });
  }

  static async start(bug: Bug | null = null): Promise<PlantServer> {
    const server = new PlantServer(bug);
    await new Promise<void>((resolve) => void server.#tcp.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => void server.#udp.bind(0, '127.0.0.1', resolve));
    server.tcpUrl = `tcp://127.0.0.1:${(server.#tcp.address() as { port: number }).port}`;
    server.udpUrl = `udp://127.0.0.1:${server.#udp.address().port}`;
    return server;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => void this.#udp.close(resolve));
    await new Promise<void>((resolve) => void this.#tcp.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const reader = new RecordReader();
    const state = { dirty: false };
    let half = false;
    const isHalf = (now: boolean): void => {
      if (now !== half) this.#halves += now ? 1 : -1;
      half = now;
    };
    socket.on('error', () => {});
    socket.on('close', () => {
      isHalf(false);
      this.#sockets.delete(socket);
    });
    socket.on('data', (bytes: Uint8Array) => {
      if (this.#bug === 'slow half record starvation' && this.#halves > 0 && !half) return;
      reader.push(bytes);
      try {
        for (let record = reader.next(); record !== null; record = reader.next()) {
          const reply = this.#answer(record.bytes, state);
          if (reply === null) {
            socket.destroy();
            return;
          }
          if (reply !== 'drop') socket.write(encodeRecord(reply));
        }
      } catch (e) {
        if (!isRpcError(e)) throw e;
        socket.destroy();
        return;
      }
      isHalf(reader.partial);
    });
  }

  /** The reply's bytes; 'drop': none; null: none, and the connection ends. */
  #answer(message: Uint8Array, state: { dirty: boolean }): Uint8Array | null | 'drop' {
    const answer = this.#judge(message, state);
    if (answer === null || answer === 'drop') return answer;
    if (answer.init.verdict === 'GARBAGE_ARGS') state.dirty = true;
    return encodeReply(answer.init, answer.results);
  }

  #judge(message: Uint8Array, state: { dirty: boolean }): Answer {
    const h = newHeader();
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const status = parseHeader(view, 0, message.length, h);
    const { xid } = h;
    if (h.msgType !== MsgType.CALL) return 'drop';
    if (status === HeaderStatus.BAD_RPCVERS)
      return { init: { xid, verdict: 'RPC_MISMATCH', low: 2, high: 2 } };
    const authStat = AuthStat.AUTH_BADCRED;
    if (status === HeaderStatus.BAD_AUTH_LENGTH) return { init: { xid, verdict: 'AUTH_ERROR', authStat } };
    if (status !== HeaderStatus.COMPLETE) return 'drop';
    if (judgeCredential(h, view, 'tcp') !== AuthStat.AUTH_OK) {
      return { init: { xid, verdict: 'AUTH_ERROR', authStat } };
    }
    if (h.program !== PROGRAM) return { init: { xid, verdict: 'PROG_UNAVAIL' } };
    if (h.version !== 1) return { init: { xid, verdict: 'PROG_MISMATCH', low: 1, high: 1 } };
    const procedure = this.#types.find((one) => one.number === h.procedure);
    if (procedure === undefined) {
      return { init: { xid, verdict: this.#bug === 'wrong verdict' ? 'SYSTEM_ERR' : 'PROC_UNAVAIL' } };
    }
    if (this.#bug === 'state leak after an error' && state.dirty && procedure.number !== 0) {
      state.dirty = false;
      return { init: { xid, verdict: 'GARBAGE_ARGS' } };
    }
    const args = message.subarray(h.bodyOff);
    if (procedure.number === 2) return this.#echo(xid, args);
    const decoded = this.#decode(procedure.argument, args);
    if (decoded === 'crash') return null;
    if (decoded === null) return { init: { xid, verdict: 'GARBAGE_ARGS' } };
    const results = procedure.number === 0 ? new Uint8Array(0) : encode(procedure.result, 7);
    return { init: { xid, verdict: 'SUCCESS' }, results };
  }

  /** The value, null where there is none, 'crash' where a server of C would have crashed. */
  #decode(type: XdrType, args: Uint8Array): unknown {
    try {
      const { value, consumed } = decodeAt(type, args, 0, args.length);
      if (consumed !== args.length) return null;
      const isDeep = Array.isArray(value) && value.length >= 1000;
      return isDeep && this.#bug === 'missing depth check' ? 'crash' : (value ?? {});
    } catch (e) {
      if (!isXdrError(e)) throw e;
      const word = e.offset + 4 <= args.length ? Buffer.from(args).readUInt32BE(e.offset) : 0;
      const forgiven =
        (this.#bug === 'off-by-one limit' && e.code === 'LIMIT' && e.path === 'name' && word === 17) ||
        (this.#bug === 'negative count' && e.code === 'LIMIT' && e.path === 'values' && word >= 0x80000000) ||
        (this.#bug === 'unchecked enum' && e.code === 'BAD_ENUM');
      return forgiven ? {} : null;
    }
  }

  /** With the leak, a length is believed, and the bytes come from wherever the last message was put. */
  #echo(xid: number, args: Uint8Array): Answer {
    this.#buffer.set(args);
    const length = args.length < 4 ? 0xffffffff : Buffer.from(args).readUInt32BE(0);
    const padded = Math.ceil(length / 4) * 4;
    const there = args.length === 4 + padded && args.subarray(4 + length).every((byte) => byte === 0);
    if (length > 64 || (!there && this.#bug !== 'cross-connection leak')) {
      return { init: { xid, verdict: 'GARBAGE_ARGS' } };
    }
    const results = new Uint8Array(4 + padded);
    results.set(this.#buffer.subarray(0, 4 + length));
    return { init: { xid, verdict: 'SUCCESS' }, results };
  }
}
