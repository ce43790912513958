/**
 * The pcap file format: header, then records. Throws CaptureError; returns false while it needs more bytes.
 * Microsecond, nanosecond, modified (Kuznetsov) and Ixia files, in both byte orders, versions from 2.0.
 */
import { CaptureError } from './errors.ts';
import type { CaptureInterface } from './interface.ts';
import { isKnownLinkType } from './link-types.ts';
import type { Packet } from './packet.ts';
import type { ByteWindow } from './window.ts';

const HEADER = 24;

interface Magic {
  readonly nanos: boolean;
  /** bytes of a record's header */
  readonly record: number;
  /** bytes after the file header */
  readonly extra: number;
}

const MAGICS: ReadonlyMap<number, Magic> = new Map([
  [0xa1b2c3d4, { nanos: false, record: 16, extra: 0 }],
  [0xa1b23c4d, { nanos: true, record: 16, extra: 0 }],
  [0xa1b2cd34, { nanos: false, record: 24, extra: 0 }],
  [0x1c0001ac, { nanos: true, record: 16, extra: 4 }],
  [0x1c0001ab, { nanos: false, record: 16, extra: 4 }],
]);

/** The largest snap length that raises the record limit. */
const MAX_SNAP_LENGTH = 1 << 24;

/** Whether the 4 bytes at `off` begin a pcap file: the byte order, or null. */
export function pcapByteOrder(view: DataView, off: number): 'little' | 'big' | null {
  if (MAGICS.has(view.getUint32(off, true))) return 'little';
  return MAGICS.has(view.getUint32(off, false)) ? 'big' : null;
}

/** What a pcap file header says. */
export interface PcapHeader {
  readonly littleEndian: boolean;
  readonly nanos: boolean;
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly snapLength: number;
  readonly linkType: number;
  readonly headerLength: number;
  readonly recordHeaderLength: number;
}

/** Reads the file header at `off`, or returns null when `available` bytes do not hold it. */
export function parsePcapHeader(view: DataView, off: number, available: number): PcapHeader | null {
  if (available < 4) return null;
  const order = pcapByteOrder(view, off);
  if (order === null) throw new CaptureError('FORMAT', 'not a pcap or pcapng capture', 0);
  const littleEndian = order === 'little';
  const magic = MAGICS.get(view.getUint32(off, littleEndian))!;
  if (available < HEADER + magic.extra) return null;
  const majorVersion = view.getUint16(off + 4, littleEndian);
  if (majorVersion < 2) {
    throw new CaptureError('UNSUPPORTED', `pcap major version ${majorVersion} is not supported`, 4);
  }
  const network = view.getUint32(off + 20, littleEndian);
  if ((network & 0x03ff0000) !== 0) {
    const shown = (network & 0x03ff0000).toString(16).padStart(8, '0');
    throw new CaptureError('UNSUPPORTED', `the reserved bits of the link type are not zero (0x${shown})`, 20);
  }
  const linkType = network & 0xffff;
  if (!isKnownLinkType(linkType)) {
    throw new CaptureError('UNSUPPORTED', `link type ${linkType} is unknown or not supported`, 20);
  }
  return {
    littleEndian,
    nanos: magic.nanos,
    majorVersion,
    minorVersion: view.getUint16(off + 6, littleEndian),
    snapLength: view.getUint32(off + 16, littleEndian),
    linkType,
    headerLength: HEADER + magic.extra,
    recordHeaderLength: magic.record,
  };
}

/** The longest record that a file with this header may hold. */
export function pcapRecordLimit(header: PcapHeader, limit: number): number {
  return header.snapLength > MAX_SNAP_LENGTH ? limit : Math.max(limit, header.snapLength);
}

/** The one interface of a pcap file. */
export function pcapInterface(header: PcapHeader): CaptureInterface {
  return {
    section: 1,
    id: 0,
    linkType: header.linkType,
    snapLength: header.snapLength,
    format: 'pcap',
    name: null,
    description: null,
    filter: null,
    hardware: null,
    os: null,
    unitsPerSecond: header.nanos ? 1_000_000_000n : 1_000_000n,
    timeOffset: 0n,
  };
}

/** Reads the records after the file header. */
export class PcapReader {
  readonly #window: ByteWindow;
  readonly #limit: number;
  readonly #little: boolean;
  readonly #recordHeader: number;
  readonly #nanosPerUnit: number;
  /** whether captured and original length stand the other way round: always, or when that makes sense of them */
  readonly #swap: 'never' | 'always' | 'larger';

  /** `window` stands behind the file header. */
  constructor(window: ByteWindow, header: PcapHeader, packet: Packet, limit: number) {
    this.#window = window;
    this.#limit = pcapRecordLimit(header, limit);
    this.#little = header.littleEndian;
    this.#recordHeader = header.recordHeaderLength;
    this.#nanosPerUnit = header.nanos ? 1 : 1000;
    const { majorVersion: major, minorVersion: minor } = header;
    // Version 2.3 changed the order; some writers claimed 2.3 and kept the old one (as did DG/UX, version 543.0).
    if ((major === 2 && minor < 3) || major === 543) this.#swap = 'always';
    else this.#swap = major === 2 && minor === 3 ? 'larger' : 'never';
    packet.linkType = header.linkType;
    packet.section = 1;
    packet.interfaceId = 0;
    packet.hasTime = true;
  }

  /** Fills `packet` with the next record, or returns false when it is not all there. */
  next(packet: Packet): boolean {
    const w = this.#window;
    const at = w.pos;
    const body = at + this.#recordHeader;
    if (body > w.end) return false;
    const { view } = w;
    const little = this.#little;
    let caplen = view.getUint32(at + 8, little);
    let len = view.getUint32(at + 12, little);
    if (this.#swap !== 'never' && (this.#swap === 'always' || caplen > len)) {
      const original = caplen;
      caplen = len;
      len = original;
    }
    if (caplen > this.#limit) {
      throw new CaptureError(
        'LENGTH',
        `a record claims ${caplen} bytes, above the limit of ${this.#limit}`,
        w.offset,
      );
    }
    if (body + caplen > w.end) return false;
    let nsec = view.getUint32(at + 4, little) * this.#nanosPerUnit;
    let sec = view.getUint32(at, little);
    if (nsec >= 1e9) {
      sec += Math.floor(nsec / 1e9);
      nsec %= 1e9;
    }
    packet.sec = sec;
    packet.nsec = nsec;
    packet.caplen = caplen;
    packet.len = len;
    packet.off = body;
    w.pos = body + caplen;
    return true;
  }
}
