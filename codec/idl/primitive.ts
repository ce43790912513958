/**
 * The types that need no definition: the language's own words, and the names rpcgen takes from C headers.
 */
import type { XdrType } from '../xdr/types.ts';
import type { Cursor } from './cursor.ts';

const integer = (bits: 8 | 16 | 32 | 64, signed: boolean): XdrType =>
  Object.freeze<XdrType>({ kind: 'integer', bits, signed });

export const VOID: XdrType = Object.freeze<XdrType>({ kind: 'void' });
const BOOL: XdrType = Object.freeze<XdrType>({ kind: 'bool' });
const INT = integer(32, true);
const UNSIGNED = integer(32, false);
const FLOAT: XdrType = Object.freeze<XdrType>({ kind: 'float', bits: 32 });
const DOUBLE: XdrType = Object.freeze<XdrType>({ kind: 'float', bits: 64 });
const QUADRUPLE: XdrType = Object.freeze<XdrType>({ kind: 'float', bits: 128 });

/** Words of the language that are a whole type alone. `long` is 32 bits wide, as XDR and rpcgen have it. */
const WORDS: ReadonlyMap<string, XdrType> = new Map([
  ['void', VOID],
  ['bool', BOOL],
  ['float', FLOAT],
  ['double', DOUBLE],
  ['quadruple', QUADRUPLE],
]);

const NETBUF: XdrType = Object.freeze({
  kind: 'struct',
  name: 'netbuf',
  fields: Object.freeze([
    Object.freeze({ name: 'maxlen', type: UNSIGNED }),
    Object.freeze({
      name: 'buf',
      type: Object.freeze<XdrType>({ kind: 'opaque', fixed: false, size: undefined }),
    }),
  ]),
});

/** Names from C headers. A definition of the same name in the source comes before these. */
export const HEADER_TYPES: ReadonlyMap<string, XdrType> = new Map([
  ['bool_t', BOOL],
  ['u_char', integer(8, false)],
  ['int8_t', integer(8, true)],
  ['uint8_t', integer(8, false)],
  ['u_int8_t', integer(8, false)],
  ['u_short', integer(16, false)],
  ['int16_t', integer(16, true)],
  ['uint16_t', integer(16, false)],
  ['u_int16_t', integer(16, false)],
  ['u_int', UNSIGNED],
  ['uint', UNSIGNED],
  ['u_long', UNSIGNED],
  ['int32_t', INT],
  ['uint32_t', UNSIGNED],
  ['u_int32_t', UNSIGNED],
  ['rpcprog_t', UNSIGNED],
  ['rpcvers_t', UNSIGNED],
  ['rpcproc_t', UNSIGNED],
  ['rpcport_t', UNSIGNED],
  ['u_hyper', integer(64, false)],
  ['int64_t', integer(64, true)],
  ['uint64_t', integer(64, false)],
  ['u_int64_t', integer(64, false)],
  ['quad_t', integer(64, true)],
  ['u_quad_t', integer(64, false)],
  ['longlong_t', integer(64, true)],
  ['u_longlong_t', integer(64, false)],
  // From rpc/types.h, rpc/xdr.h and rpc/key_prot.h, as libtirpc encodes them.
  ['netobj', Object.freeze<XdrType>({ kind: 'opaque', fixed: false, size: 1024 })],
  ['des_block', Object.freeze<XdrType>({ kind: 'opaque', fixed: true, size: 8 })],
  ['netbuf', NETBUF],
]);

const INTEGER_WORDS: ReadonlyMap<string, 8 | 16 | 32 | 64> = new Map([
  ['char', 8],
  ['short', 16],
  ['int', 32],
  ['long', 32],
  ['hyper', 64],
]);

/** Constants of the language and of rpc/types.h and rpc/auth.h; a source may define them again. */
export const BUILT_IN_CONSTANTS: ReadonlyMap<string, bigint> = new Map([
  ['FALSE', 0n],
  ['TRUE', 1n],
  ['MAXNETNAMELEN', 255n],
  ['MAX_NETOBJ_SZ', 1024n],
  ['RPC_MAXDATASIZE', 9000n],
]);

/**
 * Take a type made of words, such as `unsigned long int`; null if none is next. `named`: a name must follow, so
 * in `unsigned hyper;` the second word is that name.
 */
export function takePrimitive(cursor: Cursor, named: boolean): XdrType | null {
  const word = cursor.peek();
  if (word.kind !== 'name') return null;
  const alone = WORDS.get(word.text);
  if (alone !== undefined) {
    cursor.next();
    return alone;
  }
  const modified = word.text === 'unsigned' || word.text === 'signed';
  if (!modified && !INTEGER_WORDS.has(word.text)) return null;
  cursor.next();
  const isName = () => named && [';', '[', '<', '(', '='].includes(cursor.peek(1).text);
  let bits = INTEGER_WORDS.get(word.text) ?? 32;
  let last = word.text;
  while (!isName()) {
    const next = cursor.peek();
    if (last === 'long' && !modified && next.text === 'double') {
      cursor.next();
      return QUADRUPLE;
    }
    const width = INTEGER_WORDS.get(next.text);
    const starts = last === 'unsigned' || last === 'signed';
    if (
      width === undefined ||
      !(starts || (next.text === 'int' && last !== 'int') || (last === 'long' && next.text === 'long'))
    )
      break;
    cursor.next();
    if (last === 'long' && next.text === 'long') bits = 64;
    else if (starts) bits = width;
    last = next.text;
    if (last === 'int') break;
  }
  return integer(bits, word.text !== 'unsigned');
}
