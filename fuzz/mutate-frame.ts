/**
 * Mutations of record marking (RFC 5531 section 11): how one message stands on a stream. Pure; the bytes are the whole
 * of what is sent, record marks included.
 */
import { encodeRecord } from '../codec/rpc/index.ts';
import { rngOf } from '../codec/xdr/index.ts';
import { words } from './edit.ts';

/** `id` as a Mutation's; `bytes` for a stream. */
export interface FrameMutation {
  readonly id: string;
  readonly bytes: Uint8Array;
}

const LAST = 0x80000000;

/** Every way to frame a message wrongly, or rightly in a way that is rare. */
export function* mutateFrame(message: Uint8Array): Generator<FrameMutation> {
  const { length } = message;
  const whole = encodeRecord(message);
  for (const n of [1, 3, 4, Math.max(1, length >> 1)]) {
    yield { id: `frag.split(${n})`, bytes: encodeRecord(message, n) };
  }
  yield { id: 'frag.zero(8)', bytes: concat(new Uint8Array(8 * 4), whole) };
  yield { id: 'frag.zero(9)', bytes: concat(new Uint8Array(9 * 4), whole) };
  yield { id: 'frag.zero(10000)', bytes: concat(new Uint8Array(10_000 * 4), whole) };
  yield { id: 'frag.empty', bytes: words(LAST) };
  yield { id: 'frag.nolast', bytes: concat(words(length), message) };
  for (const n of [0x400001, 0x7fffffff]) {
    yield { id: `frag.huge(${n})`, bytes: words((LAST | n) >>> 0) };
    yield { id: `frag.huge(${n})-nolast`, bytes: concat(words(n), message) };
  }
  yield { id: 'frag.endless', bytes: concat(...new Array<Uint8Array>(4200).fill(words(4, 0))) };
  yield { id: 'frag.short', bytes: concat(words((LAST | (length - 4)) >>> 0), message) };
  yield { id: 'frag.long', bytes: concat(words((LAST | (length + 4)) >>> 0), message) };
  yield { id: 'frag.xid-only', bytes: concat(words((LAST | 4) >>> 0), message.subarray(0, 4)) };
  yield { id: 'frag.half-mark', bytes: Uint8Array.of(0x80, 0, 0) };
  yield { id: 'frag.http', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 'latin1') };
  // libvirt's length word counts itself: its least and most, and beside them
  for (const n of [0, 1, 3, 4, 27, 28, 0x1000005, 0xffffffff]) {
    yield { id: `frag.libvirt(${n})`, bytes: concat(words(n), words(0x20008086, 1, 1, 0, 0, 0)) };
  }
  yield {
    id: 'frag.pcap',
    bytes: concat(words(0xa1b2c3d4, 0x20004, 0, 0, 0, 1), words(0, 0, MOST_LENGTH, MOST_LENGTH)),
  };
  yield { id: 'frag.tls', bytes: Uint8Array.of(0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3) };
  // last, for it takes longest
  yield { id: 'frag.random', bytes: noise(RANDOM_BYTES) };
}

const RANDOM_BYTES = 1 << 20;
const MOST_LENGTH = 0xffffffff;

/** Bytes that look random and are always the same. */
function noise(length: number): Uint8Array {
  const rng = rngOf(length);
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  for (let i = 0; i + 4 <= length; i += 4) view.setUint32(i, rng());
  return out;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
