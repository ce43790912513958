/**
 * RFC 9289: asking a server in the clear whether it does TLS, and being asked. The client never goes on in the
 * clear. Either side gives up when a single byte stands behind the probe or its answer, because bytes sent in the
 * clear must not be taken for what comes encrypted. Works on connected sockets before anything else reads them.
 */
import { randomInt } from 'node:crypto';
import type * as net from 'node:net';
import { AuthFlavor } from '../codec/rpc/auth/flavors.ts';
import { isStarttlsVerifier, isTlsProbe, starttlsVerifier } from '../codec/rpc/auth/tls.ts';
import { isRpcError } from '../codec/rpc/errors.ts';
import {
  AcceptStat,
  AuthStat,
  decodeMessage,
  encodeCall,
  encodeReply,
  HeaderStatus,
  MsgType,
  newHeader,
  parseHeader,
  type ReplyInit,
  RPC_VERSION,
  type RpcHeader,
} from '../codec/rpc/message.ts';
import { type RecordLimits, RecordReader } from '../codec/rpc/record-reader.ts';
import { encodeRecord } from '../codec/rpc/record-writer.ts';
import type { Endpoint } from './channel.ts';
import { TransportError } from './errors.ts';
import { endpoint } from './net-channel.ts';

/** A probe has 40 bytes, its answer 32; a little more is read to say what came instead. */
const LIMITS: RecordLimits = { recordBytes: 1024, fragments: 16, emptyFragments: 8 };

const TIMEOUT_MS = 10_000;

/** The program whose NULL procedure carries the probe. Servers differ over whether they look at it. */
export interface TlsProbe {
  readonly program: number;
  readonly version: number;
}

/** Every server that has rpcbind's program answers its NULL. */
export const DEFAULT_PROBE: TlsProbe = { program: 100000, version: 2 };

/** Asks; resolves when the server agreed and `raw` is ready for the handshake, which must begin in the same turn. */
export function askForTls(
  raw: net.Socket,
  probe: TlsProbe = DEFAULT_PROBE,
  timeoutMs: number = TIMEOUT_MS,
): Promise<void> {
  const xid = randomInt(0x80000000);
  return new Promise((resolve, reject) => {
    const reader = new RecordReader(LIMITS);
    const timer = setTimeout(() => give('no answer in time', 'TIMEOUT'), timeoutMs);
    const data = (bytes: Uint8Array): void => {
      const fault = judge(reader, bytes, xid);
      if (fault === undefined) return;
      if (fault !== null) {
        give(fault);
        return;
      }
      raw.pause();
      settle();
      resolve();
    };
    const ended = (): void => give('the connection ended');
    const settle = (): void => {
      clearTimeout(timer);
      raw.off('data', data).off('end', ended).off('close', ended).off('error', ended);
    };
    const give = (why: string, code: 'STARTTLS' | 'TIMEOUT' = 'STARTTLS'): void => {
      settle();
      raw.on('error', () => {});
      raw.destroy();
      reject(new TransportError(code, `the server does not start TLS: ${why}`));
    };
    raw.on('end', ended).on('close', ended).on('error', ended).on('data', data);
    const credential = { flavor: AuthFlavor.TLS, body: new Uint8Array(0) };
    raw.write(encodeRecord(encodeCall({ xid, ...probe, procedure: 0, credential })));
  });
}

/** null: it agrees; a reason: it does not; undefined: not whole yet. */
function judge(reader: RecordReader, bytes: Uint8Array, xid: number): string | null | undefined {
  try {
    reader.push(bytes);
    const record = reader.next();
    if (record === null) return undefined;
    if (reader.partial || reader.buffered > 0) return 'bytes in the clear behind its answer';
    const message = decodeMessage(record.bytes);
    if (message.type !== 'accepted') return 'it refused the probe';
    if (message.xid !== xid) return 'it answered something else';
    if (message.stat !== AcceptStat.SUCCESS) return 'it refused the probe';
    return isStarttlsVerifier(message.verifier) ? null : 'no STARTTLS verifier';
  } catch (error) {
    if (!isRpcError(error)) throw error;
    return error.message;
  }
}

export interface AwaitProbeOptions {
  /** without a probe there is no connection */
  readonly required: boolean;
  readonly timeoutMs?: number | undefined;
}

/** What the first record turned out to be. */
export interface ProbeOutcome {
  /** the client was promised TLS: it begins now, with what is left of its time in milliseconds */
  tls(leftMs: number): void;
  /** anything else; what was read is back in the socket */
  plain(): void;
  refused(error: TransportError, from: Endpoint): void;
}

/**
 * Looks at the first record of an accepted socket. A probe is answered and handed to `tls`; anything else goes to
 * `plain` unread, or where TLS is required is answered with AUTH_TOOWEAK and closed.
 */
export function awaitProbe(raw: net.Socket, options: AwaitProbeOptions, outcome: ProbeOutcome): void {
  const { required, timeoutMs = TIMEOUT_MS } = options;
  const reader = new RecordReader(LIMITS);
  let read: Buffer[] = [];
  const from = endpoint(raw.remoteAddress, raw.remotePort);
  let timer: NodeJS.Timeout | null = null;
  let until = 0;
  const hurry = (): void => {
    if (timer !== null) return;
    until = performance.now() + timeoutMs;
    timer = setTimeout(() => refuse('no whole record in time'), timeoutMs);
  };
  const settle = (): void => {
    if (timer !== null) clearTimeout(timer);
    raw.off('data', data).off('end', ended).off('close', settle);
  };
  const refuse = (why: string): void => {
    settle();
    raw.destroy();
    outcome.refused(new TransportError('STARTTLS', `${from.address} does not start TLS: ${why}`), from);
  };
  const plain = (): void => {
    settle();
    raw.pause();
    raw.unshift(Buffer.concat(read));
    read = [];
    outcome.plain();
  };
  const data = (bytes: Buffer): void => {
    hurry();
    read.push(bytes);
    const first = firstRecord(reader, bytes);
    if (first === undefined) return;
    if (first !== null && isProbe(first)) {
      if (reader.partial || reader.buffered > 0) {
        refuse('bytes in the clear behind its probe');
        return;
      }
      settle();
      raw.pause();
      raw.write(
        encodeRecord(encodeReply({ xid: xidOf(first), verdict: 'SUCCESS', verifier: starttlsVerifier() })),
      );
      outcome.tls(Math.max(1, until - performance.now()));
    } else if (!required) {
      plain();
    } else {
      if (first !== null && isCall(first)) {
        raw.write(encodeRecord(encodeReply(refusalOf(first))));
      }
      settle();
      raw.end(() => raw.destroy());
      outcome.refused(new TransportError('STARTTLS', `${from.address} speaks without TLS`), from);
    }
  };
  const ended = (): void => refuse('the connection ended');
  raw.on('data', data).on('end', ended).on('close', settle);
  if (required) hurry();
}

/** The first whole record; null when it is longer than any probe; undefined when more bytes must tell. */
function firstRecord(reader: RecordReader, bytes: Uint8Array): Uint8Array | null | undefined {
  try {
    reader.push(bytes);
    return reader.next()?.bytes;
  } catch (error) {
    if (!isRpcError(error)) throw error;
    return null;
  }
}

function headerOf(record: Uint8Array): RpcHeader {
  const header = newHeader();
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  parseHeader(view, 0, record.byteLength, header);
  return header;
}

function isProbe(record: Uint8Array): boolean {
  const header = headerOf(record);
  return (
    header.status === HeaderStatus.COMPLETE && isTlsProbe(header) && header.bodyOff === record.byteLength
  );
}

/**
 * What a call in the clear gets where TLS is required. The RPC version comes first: in another one what follows is no
 * credential of ours. AUTH_TLS where no probe may be (RFC 9289 section 4.1: another procedure than NULL, or more than
 * a header) is a fault of its own.
 */
function refusalOf(call: Uint8Array): ReplyInit {
  const { xid, status, credFlavor } = headerOf(call);
  if (status === HeaderStatus.BAD_RPCVERS) {
    return { xid, verdict: 'RPC_MISMATCH', low: RPC_VERSION, high: RPC_VERSION };
  }
  const asked = status === HeaderStatus.COMPLETE && credFlavor === AuthFlavor.TLS;
  const authStat = asked ? AuthStat.AUTH_BADCRED : AuthStat.AUTH_TOOWEAK;
  return { xid, verdict: 'AUTH_ERROR', authStat };
}

function isCall(record: Uint8Array): boolean {
  return (
    record.byteLength >= 8 && new DataView(record.buffer, record.byteOffset).getUint32(4) === MsgType.CALL
  );
}

function xidOf(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset).getUint32(0);
}
