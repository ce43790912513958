/**
 * From secrets to the keys of one direction: TLS 1.2's PRF (RFC 5246 sections 5 and 6.3) and TLS 1.3's
 * HKDF-Expand-Label (RFC 8446 section 7). Takes what the caller has checked; node:crypto only.
 */
import type { CipherSuite } from './cipher-suites.ts';
import { nodeCrypto } from './node-crypto.ts';

/** Keys for what one side sends. */
export interface DirectionKeys {
  readonly key: Buffer;
  /** the part of the nonce that does not travel; empty for CBC */
  readonly iv: Buffer;
  /** HMAC key; empty for AEAD */
  readonly macKey: Buffer;
}

const NOTHING = Buffer.alloc(0);

function hmac(hash: string, key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const mac = nodeCrypto().createHmac(hash, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** P_hash of RFC 5246 section 5. */
function prf(hash: string, secret: Uint8Array, label: string, seed: Uint8Array, bytes: number): Buffer {
  const labelAndSeed = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const out: Buffer[] = [];
  let a: Uint8Array = labelAndSeed;
  for (let have = 0; have < bytes; ) {
    a = hmac(hash, secret, a);
    const block = hmac(hash, secret, a, labelAndSeed);
    out.push(block);
    have += block.length;
  }
  return Buffer.concat(out).subarray(0, bytes);
}

/** The keys of both sides, client first, of a TLS 1.2 connection. */
export function tls12Keys(
  suite: CipherSuite,
  masterSecret: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): readonly [DirectionKeys, DirectionKeys] {
  const mac = suite.mode === 'cbc' ? suite.tagBytes : 0;
  const iv = suite.mode === 'cbc' ? 0 : suite.mode === 'chacha' ? 12 : 4;
  const { keyBytes } = suite;
  const seed = Buffer.concat([serverRandom, clientRandom]);
  const block = prf(suite.hash, masterSecret, 'key expansion', seed, 2 * (mac + keyBytes + iv));
  let at = 0;
  const take = (n: number): Buffer => {
    at += n;
    return block.subarray(at - n, at);
  };
  const macs = [take(mac), take(mac)] as const;
  const keys = [take(keyBytes), take(keyBytes)] as const;
  const ivs = [take(iv), take(iv)] as const;
  return [
    { key: keys[0], iv: ivs[0], macKey: macs[0] },
    { key: keys[1], iv: ivs[1], macKey: macs[1] },
  ];
}

/** HKDF-Expand-Label with an empty context. */
function expandLabel(hash: string, secret: Uint8Array, label: string, bytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([bytes >>> 8, bytes & 0xff, name.length]), name, Buffer.from([0])]);
  const out: Buffer[] = [];
  let t: Buffer = NOTHING;
  for (let have = 0, i = 1; have < bytes; i++) {
    t = hmac(hash, secret, t, info, Buffer.from([i]));
    out.push(t);
    have += t.length;
  }
  return Buffer.concat(out).subarray(0, bytes);
}

/** The keys of the side whose traffic secret this is. */
export function tls13Keys(suite: CipherSuite, secret: Uint8Array): DirectionKeys {
  const key = expandLabel(suite.hash, secret, 'key', suite.keyBytes);
  return { key, iv: expandLabel(suite.hash, secret, 'iv', 12), macKey: NOTHING };
}

/** The traffic secret after a KeyUpdate (RFC 8446 section 7.2). */
export function nextSecret(suite: CipherSuite, secret: Uint8Array): Buffer {
  return expandLabel(suite.hash, secret, 'traffic upd', secret.length);
}
