/**
 * TLS secrets by the client random of their connection, read from the NSS key log format: the text of an
 * SSLKEYLOGFILE or of a pcapng secrets block. Lines that are no secret are passed over, as every reader of the
 * format does. Bounded in entries; never throws.
 */

/** The type of a pcapng Decryption Secrets Block whose data is a key log: "TLSK". */
export const TLS_KEY_LOG = 0x544c534b;

/** What a line may hold, and how many bytes the secret may have: 48 for TLS 1.2, a hash's length for TLS 1.3. */
const LABELS: ReadonlyMap<string, readonly number[]> = new Map([
  ['CLIENT_RANDOM', [48]],
  ['CLIENT_EARLY_TRAFFIC_SECRET', [32, 48]],
  ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', [32, 48]],
  ['SERVER_HANDSHAKE_TRAFFIC_SECRET', [32, 48]],
  ['CLIENT_TRAFFIC_SECRET_0', [32, 48]],
  ['SERVER_TRAFFIC_SECRET_0', [32, 48]],
]);

const LINE = /^([A-Z_0-9]+) ([0-9a-fA-F]{64}) ([0-9a-fA-F]{64,96})$/;

/** Lines remembered; a line of 200 characters makes that some 100 MB at most. */
const MAX_ENTRIES = 250_000;

/** The secrets of one connection, by label. */
export type ConnectionSecrets = ReadonlyMap<string, Buffer>;

export class KeyLog {
  /** grows whenever a secret was added: who looked in vain may look again */
  generation = 0;
  /** secrets that did not fit the limit */
  refused = 0;
  readonly #limit: number;
  readonly #byRandom = new Map<string, Map<string, Buffer>>();
  #entries = 0;

  constructor(limit = MAX_ENTRIES) {
    this.#limit = limit;
  }

  /** Number of secrets. */
  get size(): number {
    return this.#entries;
  }

  /**
   * Adds the secrets in `text`, and returns how many lines were secrets. The first one for a label and random
   * stays, as with a log that is appended to by several programs.
   */
  add(text: string): number {
    let found = 0;
    for (const line of text.split('\n')) {
      const match = LINE.exec(line.trim());
      if (match === null) continue;
      const [, label, random, secret] = match as unknown as [string, string, string, string];
      if (LABELS.get(label)?.includes(secret.length / 2) !== true) continue;
      found++;
      this.#put(label, random.toLowerCase(), Buffer.from(secret, 'hex'));
    }
    return found;
  }

  /** What is known of the connection whose ClientHello had that random (32 bytes, in lower-case hex). */
  of(clientRandom: string): ConnectionSecrets | undefined {
    return this.#byRandom.get(clientRandom);
  }

  /** Client randoms of all connections with secrets, oldest first. */
  clientRandoms(): Iterable<string> {
    return this.#byRandom.keys();
  }

  /** The secrets again as a key log: of these connections, or of all. */
  text(clientRandoms: Iterable<string> = this.#byRandom.keys()): string {
    let out = '';
    for (const random of clientRandoms) {
      for (const [label, secret] of this.#byRandom.get(random) ?? []) {
        out += `${label} ${random} ${secret.toString('hex')}\n`;
      }
    }
    return out;
  }

  #put(label: string, random: string, secret: Buffer): void {
    let known = this.#byRandom.get(random);
    if (known?.has(label) === true) return;
    if (this.#entries >= this.#limit) {
      this.refused++;
      return;
    }
    if (known === undefined) {
      known = new Map();
      this.#byRandom.set(random, known);
    }
    known.set(label, secret);
    this.#entries++;
    this.generation++;
  }
}
