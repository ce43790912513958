/**
 * A second dialect, for tests: headers like libvirt's. A length word that counts itself, then six words (program,
 * version, procedure, type, serial, status), 24 bytes in all; a reply repeats what it answers; errors are a status and
 * a structure of code and text; programs that are only told things (keepalive, events) have no replies.
 */
import { type BadMessage, type Incoming, Kind, VERDICT_NAMES, Verdict } from '../../codec/rpc/incoming.ts';
import { isRpcError, type OpaqueAuth, RpcError, type RpcErrorCode } from '../../codec/rpc/index.ts';
import type { Dialect, Framed, FrameReader } from '../../transport/dialect.ts';

/** "keep", libvirt's keepalive program: PING and PONG are not tied to each other. */
export const KEEP = 0x6b656570;

/** An error of the program's own, as a handler throws it and a caller gets it. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const HEADER = 24;
const MAX_MESSAGE = 33_554_432;
const Type = { CALL: 0, REPLY: 1, MESSAGE: 2 } as const;
const Status = { OK: 0, ERROR: 1 } as const;

/** Where the error structure says that it is a verdict, by number: domain 7 is libvirt's RPC layer. */
const RPC_DOMAIN = 7;
const PROGRAM_DOMAIN = 12;
const ERROR_WORDS = 24;

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const NO_AUTH: OpaqueAuth = { flavor: 0, body: new Uint8Array(0) };

class SerialIncoming implements Incoming {
  kind: Kind = Kind.DROP;
  id = -1;
  program = -1;
  version = -1;
  procedure = -1;
  verdict: Verdict | -1 = -1;
  readonly authStat = -1;
  bad: BadMessage | null = null;
  bodyOff = -1;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

class SerialReader implements FrameReader {
  readonly #largest: number;
  #bytes = Buffer.alloc(0);

  constructor(largest: number) {
    this.#largest = largest;
  }

  get buffered(): number {
    return this.#bytes.length;
  }

  get partial(): boolean {
    return (
      this.#bytes.length > 0 && (this.#bytes.length < 4 || this.#bytes.length < this.#bytes.readUInt32BE(0))
    );
  }

  room(): null {
    return null;
  }

  push(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  next(): Framed | null {
    if (this.#bytes.length < 4) return null;
    const length = this.#bytes.readUInt32BE(0);
    if (length < 4 + HEADER || length - 4 > this.#largest)
      throw new RpcError('LIMIT', `a length of ${length}`);
    if (this.#bytes.length < length) return null;
    const bytes = Uint8Array.from(this.#bytes.subarray(4, length));
    this.#bytes = this.#bytes.subarray(length);
    return { bytes, borrowed: false };
  }

  detach(): void {
    // Nothing pushed is kept as it is.
  }
}

function writeHeader(
  w: Parameters<Dialect['writeReply']>[0],
  program: number,
  version: number,
  procedure: number,
  type: number,
  serial: number,
  status: number,
): void {
  for (const word of [program, version, procedure, type, serial, status]) w.uint32(word);
}

export const serialDialect: Dialect = {
  name: 'serial',
  prefixBytes: 4,

  reader(limits = {}) {
    return new SerialReader(limits.recordBytes ?? MAX_MESSAGE);
  },

  writePrefix(out, off, length) {
    viewOf(out).setUint32(off, length + 4);
  },

  newIncoming() {
    return new SerialIncoming();
  },

  classify(bytes, given) {
    const into = Object.assign(given as SerialIncoming, new SerialIncoming());
    into.bad = 'header';
    if (bytes.length < HEADER) return into;
    const word = (i: number): number => viewOf(bytes).getUint32(4 * i);
    const [type, status] = [word(3), word(5)];
    into.program = word(0);
    into.version = word(1);
    into.procedure = word(2);
    into.bodyOff = HEADER;
    if (type > Type.MESSAGE) {
      into.bad = 'msg_type';
    } else if (type === Type.REPLY) {
      into.kind = Kind.REPLY;
      into.id = word(4);
      into.verdict = status === Status.OK ? Verdict.SUCCESS : errorVerdict(bytes);
      into.bad = null;
    } else if (status === Status.OK) {
      into.kind = Kind.CALL;
      into.id = type === Type.MESSAGE ? -1 : word(4);
      into.verdict = Verdict.SUCCESS;
      into.bad = null;
    }
    return into;
  },

  judge: () => 0,

  credential: () => NO_AUTH,

  failure(bytes, { verdict }) {
    if (verdict === -1) return new RpcError('MALFORMED', 'a status or an error that is none');
    const view = viewOf(bytes);
    const [code, low, high, authStat] = [0, 2, 3, 4].map((i) => view.getUint32(HEADER + 4 * i));
    const message = DECODER.decode(bytes.subarray(HEADER + ERROR_WORDS));
    if (verdict === Verdict.FAILED) return new StatusError(code as number, message);
    const detail = { low, high, authStat } as { low: number; high: number; authStat: number };
    return new RpcError(VERDICT_NAMES[verdict] as RpcErrorCode, message, detail);
  },

  // Each side counts for itself: the type tells whose a serial is.
  ids: () => ({ low: 0, count: 0x1_0000_0000 }),

  isAnswered: (_side, program) => program !== KEEP,

  verdictOf(error) {
    if (error instanceof StatusError) return Verdict.FAILED;
    const at = isRpcError(error) ? VERDICT_NAMES.indexOf(error.code as (typeof VERDICT_NAMES)[number]) : -1;
    return at < 0 ? Verdict.SYSTEM_ERR : (at as Verdict);
  },

  writeCall(w, id, program, version, procedure) {
    const type = id < 0 ? Type.MESSAGE : Type.CALL;
    writeHeader(w, program, version, procedure, type, Math.max(id, 0), Status.OK);
  },

  writeReply(w, id, program, version, procedure) {
    writeHeader(w, program, version, procedure, Type.REPLY, id, Status.OK);
  },

  writeVerdict(w, id, program, version, procedure, verdict, detail) {
    writeHeader(w, program, version, procedure, Type.REPLY, id, Status.ERROR);
    const own = detail instanceof StatusError;
    w.uint32(own ? detail.code : verdict);
    w.uint32(own ? PROGRAM_DOMAIN : RPC_DOMAIN);
    w.uint32(detail.low ?? 0);
    w.uint32(detail.high ?? 0);
    w.uint32(detail.authStat ?? 0);
    const text = ENCODER.encode(detail.message ?? '');
    w.uint32(text.length);
    w.bytes(text);
  },
};

/** The verdict in an error's structure; -1 where it is not whole. */
function errorVerdict(bytes: Uint8Array): Verdict | -1 {
  const view = viewOf(bytes);
  if (view.getUint32(20) !== Status.ERROR || bytes.length < HEADER + ERROR_WORDS) return -1;
  if (view.getUint32(HEADER + 20) !== bytes.length - HEADER - ERROR_WORDS) return -1;
  if (view.getUint32(HEADER + 4) === PROGRAM_DOMAIN) return Verdict.FAILED;
  const code = view.getUint32(HEADER);
  return code > 0 && code <= Verdict.AUTH_ERROR ? (code as Verdict) : -1;
}
