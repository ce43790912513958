/**
 * Mutations of a call's header (RFC 5531 section 9): message type, RPC version, program, version, procedure,
 * credential and verifier, and the header cut short. Pure; offsets are those of a call with AUTH_NONE as verifier,
 * which is how the plan makes them.
 */
import { AuthFlavor } from '../codec/rpc/index.ts';
import { counted, type Edit, setWord, words } from './edit.ts';
import type { Mutation } from './mutation.ts';

const MTYPE = 4;
const RPCVERS = 8;
const PROGRAM = 12;
const VERSION = 16;
const PROCEDURE = 20;
const CREDENTIAL = 24;

const MOST = 0xffffffff;

/** Every mutation of the header of a call, whose arguments begin at `body`. */
export function* mutateCall(message: Uint8Array, body: number): Generator<Mutation> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const word = (family: string, off: number, values: readonly number[]): Mutation[] =>
    [...new Set(values)]
      .filter((n) => n !== view.getUint32(off))
      .map((n) => ({ id: `${family}(${n})`, path: '', edit: setWord(off, n) }));
  yield* word('hdr.mtype', MTYPE, [1, 2, 0x7fffffff, MOST]);
  yield* word('hdr.rpcvers', RPCVERS, [0, 1, 3, MOST]);
  const program = view.getUint32(PROGRAM);
  yield* word('hdr.prog', PROGRAM, [0, program ^ 0x10000, 0x7fffffff, 0x80000000, MOST]);
  const version = view.getUint32(VERSION);
  yield* word('hdr.vers', VERSION, [0, version + 1000, 0x80000000, MOST]);
  yield* word('hdr.proc', PROCEDURE, [999, 0x7fffffff, 0x80000000, MOST]);
  for (let at = 1; at < body; at += at < 8 || at % 4 !== 0 ? 1 : 4) {
    const edit = { off: at, remove: message.length - at, insert: new Uint8Array(0) };
    yield { id: 'hdr.trunc', path: `+${at}`, edit };
  }
  yield* credentials(view);
  for (const [name, ...reply] of REPLIES) {
    const edit = { off: MTYPE, remove: message.length - MTYPE, insert: words(...reply) };
    yield { id: `hdr.reply.${name}`, path: '', edit };
  }
  const long = { off: MTYPE, remove: message.length - MTYPE, insert: LONG_REPLY };
  yield { id: 'hdr.reply.long', path: '', edit: long };
}

/** Replies that nobody asked for, right and wrong, behind the xid: message type 1, reply_stat and on (RFC 5531 section 9). */
const REPLIES: readonly [string, ...number[]][] = [
  ['success', 1, 0, 0, 0, 0],
  ['accept-99', 1, 0, 0, 0, 99],
  ['mismatch-cut', 1, 0, 0, 0, 2, 1],
  ['reject-7', 1, 1, 7],
  ['stat-2', 1, 2],
  ['cut', 1, 0],
];

/** A list of one string of 64 KiB, as a hostile server might answer DUMP. */
const LONG_REPLY = new Uint8Array([
  ...words(1, 0, 0, 0, 0, 1),
  ...counted(new Uint8Array(65_536).fill(0x41)),
]);

function* credentials(view: DataView): Generator<Mutation> {
  const size = 8 + Math.ceil(view.getUint32(CREDENTIAL + 4) / 4) * 4;
  const verifier = CREDENTIAL + size;
  const credential = (flavor: number, body: Uint8Array): Edit => {
    const insert = new Uint8Array([...words(flavor), ...counted(body)]);
    return { off: CREDENTIAL, remove: size, insert };
  };
  for (const flavor of [2, 3, 4, 5, 300_000, 390_003, MOST]) {
    yield { id: `auth.flavor(${flavor})`, path: 'cred', edit: credential(flavor, new Uint8Array(8)) };
  }
  for (const length of [401, 404, 0x7fffffff, 0x80000000, MOST]) {
    yield { id: `auth.len(${length})`, path: 'cred', edit: setWord(CREDENTIAL + 4, length) };
    yield { id: `auth.len(${length})`, path: 'verf', edit: setWord(verifier + 4, length) };
  }
  const long = new Uint8Array(404);
  yield { id: 'auth.size(404)', path: 'cred', edit: credential(AuthFlavor.NONE, long) };
  yield { id: 'auth.root', path: 'cred', edit: credential(AuthFlavor.SYS, words(1, 0, 0, 0, 0)) };
  for (const [name, body] of BAD_SYS) {
    yield { id: `auth.inner.${name}`, path: 'cred', edit: credential(AuthFlavor.SYS, body) };
  }
  for (const [name, ...gss] of BAD_GSS) {
    const body = new Uint8Array([...words(...gss), ...counted(new Uint8Array(16))]);
    yield { id: `auth.gss.${name}`, path: 'cred', edit: credential(AuthFlavor.RPCSEC_GSS, body) };
  }
}

/** AUTH_SYS bodies (RFC 5531 appendix A): stamp, machine name, uid, gid, gids. */
const BAD_SYS: readonly [string, Uint8Array][] = [
  ['empty', new Uint8Array(0)],
  ['name-256', Uint8Array.from([...words(1, 256), ...new Uint8Array(256), ...words(0, 0, 0)])],
  ['name-2^31-1', Uint8Array.from([...words(1, 0x7fffffff), ...new Uint8Array(300)])],
  ['name-2^31', Uint8Array.from([...words(1, 0x80000000), ...new Uint8Array(300)])],
  ['name-2^32-1', Uint8Array.from([...words(1, MOST), ...new Uint8Array(300)])],
  ['gids-17', words(1, 0, 0, 0, 17, ...new Array<number>(17).fill(0))],
  ['gids-1000', words(1, 0, 0, 0, 1000, 0, 0, 0, 0)],
  ['gids-wrap', words(1, 0, 0, 0, 0x40000001, 0)],
  ['short', Uint8Array.from([...words(1, 60), ...new Uint8Array(56)])],
  ['long', words(1, 0, 0, 0, 0, 0, 0)],
];

/** RPCSEC_GSS (RFC 2203): version, procedure, sequence number, service. */
const BAD_GSS: readonly [string, ...number[]][] = [
  ['data', 1, 0, 0x80000000, 1],
  ['init', 1, 1, 0, 1],
  ['destroy', 1, 3, 1, 1],
  ['proc-255', 1, 255, 1, 1],
  ['version-9', 9, 0, 1, 1],
];
