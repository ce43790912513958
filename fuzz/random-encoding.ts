/** Random values of a type as they stand on the wire, small enough to be executed often. The same source gives the same. */
import { codecOf, type Rng, randomValue, type XdrType } from '../codec/xdr/index.ts';

export function randomEncoding(type: XdrType, random: Rng): Uint8Array {
  return codecOf(type).encode(randomValue(type, random, { elements: 4, nodes: 200 }));
}
