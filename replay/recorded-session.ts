/**
 * A session as a capture holds it: connections, the calls on them in order, and what was answered when. Plain data,
 * and the tap that collects it from the dissector, whatever the capture was of (UDP, TCP, a recorded UNIX socket,
 * decrypted TLS). Nothing is judged here; bytes are copies. Throws ReplayError LIMIT for more than `maxBytes`.
 */
import { HeaderStatus, newHeader, parseHeader } from '../codec/rpc/index.ts';
import type { Tap } from '../dissector/inspect.ts';
import { endpoint, type Flow, type Frame } from '../dissector/network/index.ts';
import type { Pdu, PduList } from '../dissector/session/index.ts';
import { ReplayError } from './errors.ts';

/** A message with its place among all messages of the capture; `atNs` counts from the first of them. */
export interface RecordedMessage {
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly frame: number;
  readonly atNs: number;
  /** the snap length cut it: these are not all its bytes */
  readonly isCut: boolean;
}

export interface RecordedCall extends RecordedMessage {
  /** from 1, in the order of the capture, among the calls of clients or among those of servers */
  readonly number: number;
  readonly connection: RecordedConnection;
  readonly xid: number;
  /** -1: its header does not come so far */
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly flavor: number;
  /** for RPCSEC_GSS: its procedure and service, of the credential */
  readonly gssProcedure: number;
  readonly gssService: number;
  /** an RPC version 2 call up to its arguments; they may still be no arguments of that procedure */
  readonly hasHeader: boolean;
  /** where the arguments begin; -1 without a header */
  readonly bodyOff: number;
  /** the first one */
  readonly reply: RecordedMessage | null;
}

export interface RecordedConnection {
  /** from 0, in the order of first calls */
  readonly index: number;
  readonly transport: 'tcp' | 'udp';
  readonly client: string;
  readonly server: string;
}

export interface RecordedSession {
  readonly connections: readonly RecordedConnection[];
  /** what clients called, in the order of the capture */
  readonly calls: readonly RecordedCall[];
  /** what servers called on the connections of their clients: events, NFSv4.1's backchannel */
  readonly callbacks: readonly RecordedCall[];
  /** seconds since the epoch of the first message; 0 for an empty session */
  readonly startedAt: number;
  /** calls and replies seen a second time: one of each is kept */
  readonly repeated: number;
  /** replies whose call the capture does not have */
  readonly orphans: number;
  /** runs of bytes on RPC connections that are no message */
  readonly foreign: number;
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };

interface Conversation {
  /** which direction the client sends in; null until it is known */
  clientDir: 0 | 1 | null;
  connection: RecordedConnection | null;
}

const DEFAULT_MAX_BYTES = 1 << 30;
const SLAB_BYTES = 256 * 1024;
const SMALL_BYTES = 16 * 1024;
const SYN_ACK = 0x12;
const SYN = 0x02;

/** A tap for an Inspection (with bodies); after its `finish`, `session` has all of it. */
export class SessionRecorder implements Tap {
  readonly #maxBytes: number;
  readonly #connections: RecordedConnection[] = [];
  readonly #calls: Draft<RecordedCall>[] = [];
  readonly #callbacks: Draft<RecordedCall>[] = [];
  readonly #conversations = new Map<Flow, Conversation>();
  /** by CallRecord.ordinal */
  readonly #pending = new Map<number, Draft<RecordedCall>>();
  readonly #header = newHeader();
  #slab = new Uint8Array(0);
  #slabAt = 0;
  #messages = 0;
  #bytes = 0;
  #start: { sec: number; nsec: number } | null = null;
  #repeated = 0;
  #orphans = 0;
  #foreign = 0;

  constructor(maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get session(): RecordedSession {
    return {
      connections: this.#connections,
      calls: this.#calls,
      callbacks: this.#callbacks,
      startedAt: this.#start === null ? 0 : this.#start.sec + this.#start.nsec / 1e9,
      repeated: this.#repeated,
      orphans: this.#orphans,
      foreign: this.#foreign,
    };
  }

  add(frame: Frame, list: PduList, matches: boolean): void {
    const { flow } = frame;
    if (flow !== null && frame.transport === 6 && (frame.tcpFlags & SYN_ACK) === SYN) {
      this.#conversations.set(flow, { clientDir: frame.dir, connection: null });
    }
    for (let i = 0; i < list.count; i++) this.#pdu(frame, list.pdus[i]!, matches);
  }

  #pdu(frame: Frame, pdu: Pdu, matches: boolean): void {
    if (pdu.kind === 'fragment') return;
    if (pdu.kind === 'continuation') {
      this.#foreign++;
      return;
    }
    if (pdu.dupOf !== 0) {
      this.#repeated++;
      return;
    }
    if (pdu.msgtyp === 0) {
      if (matches && pdu.flow !== null) this.#call(frame, pdu.flow, pdu);
      return;
    }
    const call = pdu.call === null ? undefined : this.#pending.get(pdu.call.ordinal);
    if (call === undefined) {
      this.#orphans++;
      return;
    }
    this.#pending.delete(pdu.call!.ordinal);
    call.reply = this.#message(frame, pdu);
  }

  #call(frame: Frame, flow: Flow, pdu: Pdu): void {
    const { connection, clientDir } = this.#conversation(flow, pdu.dir);
    const message = this.#message(frame, pdu);
    const { bytes } = message;
    const header = this.#header;
    parseHeader(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, header);
    const list = pdu.dir === clientDir ? this.#calls : this.#callbacks;
    const call: Draft<RecordedCall> = {
      ...message,
      number: list.length + 1,
      connection,
      xid: header.xid,
      program: header.program,
      version: header.version,
      procedure: header.procedure,
      flavor: header.credFlavor,
      gssProcedure: pdu.call?.gssProcedure ?? -1,
      gssService: pdu.call?.gssService ?? -1,
      hasHeader: header.status === HeaderStatus.COMPLETE,
      bodyOff: header.bodyOff,
      reply: null,
    };
    list.push(call);
    if (pdu.call !== null) this.#pending.set(pdu.call.ordinal, call);
  }

  #conversation(flow: Flow, dir: 0 | 1): { connection: RecordedConnection; clientDir: 0 | 1 } {
    const known = this.#conversations.get(flow);
    // without the handshake, whoever is first seen to call is the client
    const clientDir = known?.clientDir ?? dir;
    let connection = known?.connection ?? null;
    if (connection === null) {
      const a = endpoint(flow.aAddr, flow.aPort);
      const b = endpoint(flow.bAddr, flow.bPort);
      connection = {
        index: this.#connections.length,
        transport: flow.protocol === 6 ? 'tcp' : 'udp',
        client: clientDir === 0 ? a : b,
        server: clientDir === 0 ? b : a,
      };
      this.#connections.push(connection);
      this.#conversations.set(flow, { clientDir, connection });
    }
    return { connection, clientDir };
  }

  /** Small messages stand behind one another: memory of its own for each costs more than the message, and its replay. */
  #copy({ buf, off, len }: Pdu): Uint8Array {
    const from = buf.subarray(off, off + len);
    if (len > SMALL_BYTES) return new Uint8Array(from);
    if (this.#slabAt + len > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#slabAt = 0;
    }
    const copy = this.#slab.subarray(this.#slabAt, this.#slabAt + len);
    copy.set(from);
    this.#slabAt += len;
    return copy;
  }

  #message(frame: Frame, pdu: Pdu): RecordedMessage {
    const { sec, nsec, number } = frame.packet;
    this.#bytes += pdu.len;
    if (this.#bytes > this.#maxBytes) {
      throw new ReplayError('LIMIT', `the session is larger than ${this.#maxBytes} bytes`);
    }
    this.#start ??= { sec, nsec };
    return {
      bytes: this.#copy(pdu),
      position: this.#messages++,
      frame: number,
      atNs: (sec - this.#start.sec) * 1e9 + (nsec - this.#start.nsec),
      isCut: pdu.len < pdu.wireLen,
    };
  }
}
