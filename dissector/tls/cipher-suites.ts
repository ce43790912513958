/**
 * The cipher suites that can be decrypted, by IANA number. A suite that is not here is one whose records stay
 * sealed; nothing throws.
 */

export type SuiteHash = 'sha1' | 'sha256' | 'sha384';

/** How records are sealed: 'gcm', 'ccm' and 'chacha' authenticate by themselves, 'cbc' has an HMAC beside it. */
export type SuiteMode = 'gcm' | 'ccm' | 'chacha' | 'cbc';

export interface CipherSuite {
  readonly id: number;
  readonly mode: SuiteMode;
  /** Node's name of the cipher */
  readonly cipher:
    | 'aes-128-gcm'
    | 'aes-256-gcm'
    | 'aes-128-ccm'
    | 'aes-256-ccm'
    | 'chacha20-poly1305'
    | 'aes-128-cbc'
    | 'aes-256-cbc';
  readonly keyBytes: 16 | 32;
  /** bytes of the tag (AEAD) or of the MAC (CBC) */
  readonly tagBytes: number;
  /** of the HMAC beside a CBC cipher */
  readonly mac: SuiteHash | null;
  /** of the key derivation */
  readonly hash: 'sha256' | 'sha384';
  /** true: TLS 1.3 only; false: TLS 1.2 only */
  readonly tls13: boolean;
}

type Kind = Omit<CipherSuite, 'id' | 'hash' | 'tls13'>;

const GCM_128: Kind = { mode: 'gcm', cipher: 'aes-128-gcm', keyBytes: 16, tagBytes: 16, mac: null };
const GCM_256: Kind = { mode: 'gcm', cipher: 'aes-256-gcm', keyBytes: 32, tagBytes: 16, mac: null };
const CCM_128: Kind = { mode: 'ccm', cipher: 'aes-128-ccm', keyBytes: 16, tagBytes: 16, mac: null };
const CCM_256: Kind = { mode: 'ccm', cipher: 'aes-256-ccm', keyBytes: 32, tagBytes: 16, mac: null };
const CCM8_128: Kind = { ...CCM_128, tagBytes: 8 };
const CCM8_256: Kind = { ...CCM_256, tagBytes: 8 };
const CHACHA: Kind = { mode: 'chacha', cipher: 'chacha20-poly1305', keyBytes: 32, tagBytes: 16, mac: null };

function cbc(keyBytes: 16 | 32, mac: SuiteHash): Kind {
  const tagBytes = mac === 'sha1' ? 20 : mac === 'sha256' ? 32 : 48;
  return { mode: 'cbc', cipher: keyBytes === 16 ? 'aes-128-cbc' : 'aes-256-cbc', keyBytes, tagBytes, mac };
}

/**
 * Which key exchange made the master secret does not matter here, so suites are listed by how they seal: RSA,
 * DHE-RSA, DHE-DSS, DH-anon, ECDHE-ECDSA, ECDHE-RSA and PSK variants side by side.
 */
const TABLE: readonly (readonly [Kind, CipherSuite['hash'], tls13: boolean, ids: readonly number[]])[] = [
  [GCM_128, 'sha256', true, [0x1301]],
  [GCM_256, 'sha384', true, [0x1302]],
  [CHACHA, 'sha256', true, [0x1303]],
  [CCM_128, 'sha256', true, [0x1304]],
  [CCM8_128, 'sha256', true, [0x1305]],
  [
    GCM_128,
    'sha256',
    false,
    [
      0x009c, 0x009e, 0x00a0, 0x00a2, 0x00a4, 0x00a6, 0x00a8, 0x00aa, 0x00ac, 0xc02b, 0xc02d, 0xc02f, 0xc031,
      0xd001,
    ],
  ],
  [
    GCM_256,
    'sha384',
    false,
    [
      0x009d, 0x009f, 0x00a1, 0x00a3, 0x00a5, 0x00a7, 0x00a9, 0x00ab, 0x00ad, 0xc02c, 0xc02e, 0xc030, 0xc032,
      0xd002,
    ],
  ],
  [CCM_128, 'sha256', false, [0xc09c, 0xc09e, 0xc0a4, 0xc0a6, 0xc0ac, 0xd005]],
  [CCM_256, 'sha256', false, [0xc09d, 0xc09f, 0xc0a5, 0xc0a7, 0xc0ad]],
  [CCM8_128, 'sha256', false, [0xc0a0, 0xc0a2, 0xc0a8, 0xc0aa, 0xc0ae, 0xd003]],
  [CCM8_256, 'sha256', false, [0xc0a1, 0xc0a3, 0xc0a9, 0xc0ab, 0xc0af]],
  [CHACHA, 'sha256', false, [0xcca8, 0xcca9, 0xccaa, 0xccab, 0xccac, 0xccad, 0xccae]],
  [
    cbc(16, 'sha1'),
    'sha256',
    false,
    [
      0x002f, 0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x008c, 0x0090, 0x0094, 0xc004, 0xc009, 0xc00e, 0xc013,
      0xc018, 0xc035,
    ],
  ],
  [
    cbc(32, 'sha1'),
    'sha256',
    false,
    [
      0x0035, 0x0036, 0x0037, 0x0038, 0x0039, 0x003a, 0x008d, 0x0091, 0x0095, 0xc005, 0xc00a, 0xc00f, 0xc014,
      0xc019, 0xc036,
    ],
  ],
  [
    cbc(16, 'sha256'),
    'sha256',
    false,
    [
      0x003c, 0x003e, 0x003f, 0x0040, 0x0067, 0x006c, 0x00ae, 0x00b2, 0x00b6, 0xc023, 0xc025, 0xc027, 0xc029,
      0xc037,
    ],
  ],
  [cbc(32, 'sha256'), 'sha256', false, [0x003d, 0x0068, 0x0069, 0x006a, 0x006b, 0x006d]],
  [cbc(32, 'sha384'), 'sha384', false, [0x00af, 0x00b3, 0x00b7, 0xc024, 0xc026, 0xc028, 0xc02a, 0xc038]],
];

const SUITES: ReadonlyMap<number, CipherSuite> = new Map(
  TABLE.flatMap(([kind, hash, tls13, ids]) => ids.map((id) => [id, { ...kind, id, hash, tls13 }] as const)),
);

/** The suite of that number, or undefined where its records cannot be decrypted. */
export function cipherSuite(id: number): CipherSuite | undefined {
  return SUITES.get(id);
}

/** TLS 1.3 suites whose secrets have that many bytes: what to try while the server's choice is not known. */
export function suitesForSecret(bytes: number): readonly CipherSuite[] {
  return TLS13_SUITES.filter((suite) => (suite.hash === 'sha256' ? 32 : 48) === bytes);
}

const TLS13_SUITES = [...SUITES.values()].filter((suite) => suite.tls13);
