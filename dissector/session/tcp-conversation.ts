/**
 * A TCP connection in the default mode: what is known of both its directions, and whether their bytes are records or
 * TLS with records inside. It decides nothing about messages: exact-session.ts, its host, does. Never throws.
 */
import type { Flow } from '../network/flow.ts';
import {
  startsWithRecords,
  TlsConnection,
  type TlsHost,
  type TlsRecord,
  type TlsSecrets,
} from '../tls/index.ts';
import type { SessionCounters } from './options.ts';
import type { Verdict } from './plausible.ts';
import { type FoundMessage, type RecordHost, RecordStream, type RecordStreams } from './record-stream.ts';

/** What a connection asks of and tells its session, and what all connections share. */
export interface ConversationHost {
  readonly counters: SessionCounters;
  readonly streams: RecordStreams;
  readonly secrets: TlsSecrets;
  /** `client`: -1 on TCP */
  judge(
    flow: Flow,
    dir: 0 | 1,
    client: number,
    trusted: boolean,
    view: DataView,
    off: number,
    end: number,
    length: number,
    more: boolean,
  ): Verdict;
  tcpMessage(direction: Direction, m: FoundMessage): void;
  tcpFragment(direction: Direction, f: FoundMessage): void;
  tcpContinuation(direction: Direction, buf: Buffer, view: DataView, off: number, len: number): void;
  tlsRecord(record: TlsRecord): void;
}

/** A direction of a TCP connection; also what its record stream talks to. */
export class Direction implements RecordHost {
  readonly conversation: TcpConversation;
  readonly dir: 0 | 1;
  readonly stream: RecordStream;
  /** the capture began in the middle of it, and nothing of it was seen yet */
  joinedLate = false;
  /** from here on its bytes are TLS records, and `stream` gets what was in them */
  tlsBegun = false;

  constructor(conversation: TcpConversation, dir: 0 | 1) {
    this.conversation = conversation;
    this.dir = dir;
    this.stream = new RecordStream(this, conversation.session.streams);
  }

  get trusted(): boolean {
    return this.conversation.trusted;
  }

  /** Takes the next bytes of the direction, or knows that `missing` of them will not come (0: how many is unknown). */
  receive(buf: Buffer, view: DataView, off: number, len: number, frame: number): void {
    if (this.joinedLate) {
      this.joinedLate = false;
      if (!this.trusted && startsWithRecords(buf, off, off + len)) this.conversation.joinTls(this.dir);
    }
    if (this.tlsBegun) this.conversation.tls!.bytes(this.dir, buf, off, len, frame);
    else this.stream.bytes(buf, view, off, len, frame);
  }

  gap(missing: number, frame: number): void {
    this.joinedLate = false;
    if (this.tlsBegun) this.conversation.tls!.gap(this.dir, missing, frame);
    else this.stream.gap(missing, frame);
  }

  /** Nothing of it will be shown. */
  get off(): boolean {
    return this.stream.state === 'off' && !this.tlsBegun;
  }

  get unfinished(): boolean {
    if (this.tlsBegun) return this.conversation.tls!.unfinished(this.dir);
    return this.trusted && this.stream.unfinished;
  }

  judge(view: DataView, off: number, end: number, length: number, more: boolean): Verdict {
    const { session, flow } = this.conversation;
    return session.judge(flow, this.dir, -1, this.trusted, view, off, end, length, more);
  }

  judgeFound(view: DataView, off: number, end: number, length: number, more: boolean): Verdict {
    const { session, flow } = this.conversation;
    return session.judge(flow, this.dir, -1, false, view, off, end, length, more);
  }

  message(_stream: RecordStream, m: FoundMessage): void {
    this.conversation.session.tcpMessage(this, m);
  }

  fragment(_stream: RecordStream, f: FoundMessage): void {
    this.conversation.trust();
    this.conversation.session.tcpFragment(this, f);
  }

  continuation(_stream: RecordStream, buf: Buffer, view: DataView, off: number, len: number): void {
    this.conversation.session.tcpContinuation(this, buf, view, off, len);
  }

  startsTls(mark: number, first: boolean): boolean {
    if (this.tlsBegun) return false;
    const { tls, tlsProbed } = this.conversation;
    const handshake = mark >>> 24 === 0x16;
    if (tls === null && !tlsProbed && !(first && handshake)) return false;
    this.conversation.beginTls(this.dir);
    return true;
  }

  tls(buf: Buffer, off: number, len: number, frame: number): void {
    this.conversation.tls!.bytes(this.dir, buf, off, len, frame);
  }
}

export class TcpConversation implements TlsHost {
  readonly session: ConversationHost;
  readonly flow: Flow;
  readonly directions: readonly [Direction, Direction];
  trusted: boolean;
  tlsProbed = false;
  tls: TlsConnection | null = null;

  constructor(session: ConversationHost, flow: Flow, forced: boolean) {
    this.session = session;
    this.flow = flow;
    this.trusted = forced;
    this.directions = [new Direction(this, 0), new Direction(this, 1)];
  }

  /** It is RPC. A direction that was given up as something else gets another chance. */
  trust(): void {
    if (this.trusted) return;
    this.trusted = true;
    for (const d of this.directions) if (d.stream.state === 'off') d.stream.search();
  }

  /** What `dir` sends is TLS from here on. */
  beginTls(dir: 0 | 1): TlsConnection {
    if (this.tls === null) {
      this.session.counters.tlsConnections++;
      this.tls = new TlsConnection(this, this.session.secrets, this.session.streams.pool);
    }
    this.directions[dir].tlsBegun = true;
    return this.tls;
  }

  /** As before, but the capture has only the later part of it. */
  joinTls(dir: 0 | 1): void {
    this.beginTls(dir).joinLate(dir);
  }

  record(record: TlsRecord): void {
    this.session.tlsRecord(record);
  }

  plaintext(dir: 0 | 1, plain: Buffer, frame: number): void {
    const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
    this.directions[dir].stream.bytes(plain, view, 0, plain.length, frame);
  }

  missing(dir: 0 | 1, bytes: number, frame: number): void {
    this.directions[dir].stream.gap(bytes, frame);
  }
}
