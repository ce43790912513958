/** RPC messages written out field by field. */
import { u32 } from '../network/build.ts';

/** AUTH_SYS: stamp 0x1234, machine "client", uid 1000, gid 100, gids 100, 4 and 24. */
export const SYS_BODY = Buffer.concat([
  u32(0x1234, 6),
  Buffer.from('client\0\0'),
  u32(1000, 100, 3, 100, 4, 24),
]);

/** flavor, length, body padded to 4 */
export function opaqueAuth(flavor: number, body: Uint8Array = Buffer.alloc(0), length = body.length): Buffer {
  return Buffer.concat([u32(flavor, length), body, Buffer.alloc((4 - (body.length & 3)) & 3)]);
}

export interface CallOptions {
  readonly xid?: number;
  readonly program?: number;
  readonly version?: number;
  readonly procedure?: number;
  readonly credential?: Uint8Array;
  readonly verifier?: Uint8Array;
  readonly body?: Uint8Array;
}

const NONE = opaqueAuth(0);

/** By default NFS version 3 GETATTR without arguments. */
export function call(o: CallOptions = {}): Buffer {
  const { xid = 1, program = 100003, version = 3, procedure = 1 } = o;
  return Buffer.concat([
    u32(xid, 0, 2, program, version, procedure),
    o.credential ?? NONE,
    o.verifier ?? NONE,
    o.body ?? Buffer.alloc(0),
  ]);
}

/** An accepted reply. */
export function accepted(
  xid: number,
  state: number,
  body: Uint8Array = Buffer.alloc(0),
  verifier: Uint8Array = NONE,
): Buffer {
  return Buffer.concat([u32(xid, 1, 0), verifier, u32(state), body]);
}

export function denied(xid: number, ...words: number[]): Buffer {
  return u32(xid, 1, 1, ...words);
}

/** The message as one record of a stream; `last` false: more fragments follow. */
export function record(message: Uint8Array, last = true): Buffer {
  return Buffer.concat([u32((last ? 0x80000000 : 0) + message.length), message]);
}
