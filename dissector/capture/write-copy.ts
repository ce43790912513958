/**
 * Packets of one capture written to another: pcapng, with the interfaces, comments and time resolution that the
 * source describes, or pcap for packets of one link type. Bytes out through a function; what that throws is the
 * caller's. Throws CopyError for packets that a pcap cannot hold.
 */
import type { CaptureInterface, CaptureSecrets } from './interface.ts';
import type { Packet } from './packet.ts';
import { pcapHeader, pcapRecord } from './write-pcap.ts';
import {
  comment,
  decryptionSecrets,
  enhancedPacket,
  type InterfaceCounts,
  interfaceDescription,
  interfaceStatistics,
  type PcapngOption,
  sectionHeader,
  simplePacket,
} from './write-pcapng.ts';

/** What is known of the source beside its packets, as far as it was read. */
export interface CopySource {
  readonly interfaces: readonly CaptureInterface[];
  readonly secrets: readonly CaptureSecrets[];
}

export interface CopyOptions {
  /** takes whole blocks or records, in order; may keep nothing of them */
  readonly write: (bytes: Uint8Array) => void;
  readonly format: 'pcapng' | 'pcap';
  /** key logs to embed, and with them the secrets of the source; null: none, wherever they are from */
  readonly keyLogs: readonly Uint8Array[] | null;
  /** on the whole of a pcapng */
  readonly comment?: string;
}

/** A pcap holds packets of one link type. */
export class CopyError extends Error {
  override readonly name = 'CopyError';
}

const TLS_KEY_LOG = 0x544c534b;
const MICROSECONDS = 1_000_000n;

/** Options of an interface description (draft-ietf-opsawg-pcapng section 4.2). */
const IF_NAME = 2;
const IF_DESCRIPTION = 3;
const IF_TSRESOL = 9;
const IF_FILTER = 11;
const IF_OS = 12;
const IF_HARDWARE = 15;
const SHB_APPLICATION = 4;

/** An interface of the copy. */
interface Written {
  readonly id: number;
  readonly unitsPerSecond: bigint;
}

export class CaptureCopy {
  readonly #options: CopyOptions;
  /** by section and number in the source */
  readonly #interfaces = new Map<string, Written>();
  #begun = false;
  #linkType = -1;
  #nanoseconds = false;
  #secrets = 0;

  constructor(options: CopyOptions) {
    this.#options = options;
  }

  /** Writes what stands before the first packet, if there was none. `source`: as far as it was read. */
  end(source: CopySource): void {
    if (!this.#begun) this.#begin(source, source.interfaces[0]?.linkType ?? 1);
  }

  /** Notes in a pcapng what was received and lost on the source's first interface, by the time `at`. */
  statistics(
    source: CopySource,
    counts: InterfaceCounts,
    at: { readonly sec: number; readonly nsec: number },
  ): void {
    this.end(source);
    const [into] = this.#interfaces.values();
    if (into === undefined || this.#options.format === 'pcap') return;
    this.#options.write(interfaceStatistics(into.id, at.sec, at.nsec, counts, into.unitsPerSecond));
  }

  /** Blocks that are no packets (link type -1) are left out. */
  packet(packet: Packet, source: CopySource): void {
    const { linkType, buf, off, caplen } = packet;
    if (linkType < 0) return;
    this.record(packet, source, buf.subarray(off, off + caplen), packet.len);
  }

  /** A packet with other bytes. */
  record(packet: Packet, source: CopySource, bytes: Uint8Array, len: number): void {
    if (!this.#begun) this.#begin(source, packet.linkType);
    if (this.#options.format === 'pcap') this.#pcap(packet, bytes, len);
    else this.#pcapng(packet, source, bytes, len);
  }

  #begin(source: CopySource, linkType: number): void {
    this.#begun = true;
    const { format, write, keyLogs } = this.#options;
    if (format === 'pcap') {
      this.#linkType = linkType;
      this.#nanoseconds = source.interfaces.some((i) => (i.unitsPerSecond ?? 0n) > MICROSECONDS);
      const snapLength = Math.max(0, ...source.interfaces.map((i) => i.snapLength));
      write(pcapHeader(linkType, { nanos: this.#nanoseconds, ...(snapLength > 0 ? { snapLength } : {}) }));
      return;
    }
    const note = this.#options.comment;
    write(
      sectionHeader([
        ...(note === undefined ? [] : [comment(note)]),
        [SHB_APPLICATION, Buffer.from('oncilla')],
      ]),
    );
    for (const log of keyLogs ?? []) write(decryptionSecrets(TLS_KEY_LOG, log));
    this.#describe(source);
  }

  #pcap(packet: Packet, bytes: Uint8Array, len: number): void {
    if (packet.linkType !== this.#linkType) {
      const types = `${this.#linkType} and ${packet.linkType}`;
      throw new CopyError(`packets of link types ${types} do not go into one pcap file; pcapng holds both`);
    }
    const fraction = this.#nanoseconds ? packet.nsec : Math.floor(packet.nsec / 1000);
    this.#options.write(pcapRecord(packet.sec, fraction, bytes, len));
  }

  #pcapng(packet: Packet, source: CopySource, bytes: Uint8Array, len: number): void {
    const { write, keyLogs } = this.#options;
    for (; keyLogs !== null && this.#secrets < source.secrets.length; this.#secrets++) {
      const { type, data } = source.secrets[this.#secrets]!;
      write(decryptionSecrets(type, data));
    }
    const key = `${packet.section}.${packet.interfaceId}`;
    if (!this.#interfaces.has(key)) this.#describe(source);
    const into = this.#interfaces.get(key);
    if (into === undefined) throw new CopyError(`packet ${packet.number} is of no interface of its capture`);
    // a block without a time belongs to the first interface
    if (!packet.hasTime && into.id === 0) {
      write(simplePacket(bytes, len));
      return;
    }
    const { sec, nsec } = packet;
    const options = [...packet.comments.map(comment), ...packet.options];
    write(enhancedPacket(into.id, sec, nsec, bytes, len, options, into.unitsPerSecond));
  }

  /** The interfaces of the source that the copy has not yet, in the same order; those of all sections in one. */
  #describe({ interfaces }: CopySource): void {
    for (const from of interfaces) {
      const key = `${from.section}.${from.id}`;
      if (this.#interfaces.has(key)) continue;
      const [resolution, unitsPerSecond] = resolutionOf(from.unitsPerSecond ?? MICROSECONDS);
      const options: PcapngOption[] = [];
      const text = (code: number, value: string | null): void => {
        if (value !== null) options.push([code, Buffer.from(value)]);
      };
      text(IF_NAME, from.name);
      text(IF_DESCRIPTION, from.description);
      options.push([IF_TSRESOL, Uint8Array.of(resolution)]);
      // the first byte says that a filter is text
      text(IF_FILTER, from.filter === null ? null : `\0${from.filter}`);
      text(IF_OS, from.os);
      text(IF_HARDWARE, from.hardware);
      options.push(...(from.options ?? []));
      this.#options.write(interfaceDescription(from.linkType, from.snapLength, options));
      this.#interfaces.set(key, { id: this.#interfaces.size, unitsPerSecond });
    }
  }
}

/** The value of if_tsresol for that many units, and the units it stands for: nanoseconds for what is finer. */
function resolutionOf(units: bigint): readonly [value: number, units: bigint] {
  for (let exponent = 0; exponent <= 9; exponent++) {
    if (units === 10n ** BigInt(exponent)) return [exponent, units];
  }
  for (let exponent = 0; exponent < 30; exponent++) {
    if (units === 1n << BigInt(exponent)) return [0x80 | exponent, units];
  }
  return [9, 1_000_000_000n];
}
