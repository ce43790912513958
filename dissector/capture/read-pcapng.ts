/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): sections of blocks, each section in its own byte order.
 * Throws CaptureError at the first block that contradicts itself; returns false while it needs more bytes.
 * Refuses what tshark refuses, so that both read the same number of frames.
 */
import { CaptureError } from './errors.ts';
import type { CaptureInterface, CaptureSecrets, PcapngOption } from './interface.ts';
import type { Packet } from './packet.ts';
import { type Clock, makeClock, setTime } from './pcapng-time.ts';
import type { ByteWindow } from './window.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
const NAME_RESOLUTION = 4;
const STATISTICS = 5;
const ENHANCED_PACKET = 6;
const JOURNAL = 9;
const SECRETS = 10;
const CUSTOM = 0x0bad;
const CUSTOM_NO_COPY = 0x40000bad;

/** The least total length of each block; 12 for all others. */
const MINIMUM: ReadonlyMap<number, number> = new Map([
  [SECTION_HEADER, 28],
  [INTERFACE, 20],
  [OLD_PACKET, 32],
  [SIMPLE_PACKET, 16],
  [STATISTICS, 24],
  [ENHANCED_PACKET, 32],
  [JOURNAL, 35],
  [SECRETS, 20],
  [CUSTOM, 16],
  [CUSTOM_NO_COPY, 16],
]);

/** Blocks whose content is looked at, and so held whole. */
const KEPT = new Set([...MINIMUM.keys(), NAME_RESOLUTION]);

/** The longest block of any kind, and the longest that is held whole. */
const MAX_BLOCK = 134_348_832;
const MAX_KEPT_BLOCK = 1 << 24;

const MAX_INTERFACES = 65_536;
const MAX_SECRETS = 1 << 24;

const OPT_END = 0;
const OPT_COMMENT = 1;
const CUSTOM_OPTIONS = new Set([2988, 2989, 19372, 19373]);

/** For each option of a packet block that has one, the length it must have. */
const PACKET_OPTION_LENGTHS: ReadonlyMap<number, number> = new Map([
  [2, 4],
  [4, 8],
  [5, 8],
  [6, 4],
]);
const OPT_VERDICT = 7;

/** How many bytes of an option's value stand in the section's byte order, from the second or the first on. */
const NUMBERS: Readonly<Record<'packet' | 'interface', ReadonlyMap<number, number>>> = {
  packet: PACKET_OPTION_LENGTHS,
  interface: new Map([
    [8, 8],
    [10, 4],
    [16, 8],
    [17, 8],
  ]),
};
const NO_OPTIONS: readonly PcapngOption[] = Object.freeze([]);
/** Custom options that a copy must not have. */
const KEPT_TO_ITSELF = new Set([19372, 19373]);
/** An interface's options that stand in its description or, as an offset of its times, are used up. */
const DESCRIBED = new Set([2, 3, 9, 11, 12, 14, 15]);

const NO_COMMENTS: readonly string[] = Object.freeze([]);

interface SectionInterface {
  readonly description: CaptureInterface;
  readonly clock: Clock;
}

/** Reads the blocks of a pcapng capture. */
export class PcapngReader {
  /** interfaces of the section being read */
  readonly interfaces: CaptureInterface[] = [];
  /** all decryption secrets so far, as far as 16 MiB of them */
  readonly secrets: CaptureSecrets[] = [];
  readonly #window: ByteWindow;
  readonly #limit: number;
  #known: SectionInterface[] = [];
  #little = true;
  #section = 0;
  #secretBytes = 0;
  /** of a block that is not held whole: its bytes still to pass, trailer included, and its total length */
  #skip = 0;
  #skipTotal = 0;
  #skipOffset = 0;

  constructor(window: ByteWindow, limit: number) {
    this.#window = window;
    this.#limit = limit;
  }

  /** Fills `packet` with the next packet, or returns false when no whole one is there. */
  next(packet: Packet): boolean {
    const w = this.#window;
    for (;;) {
      if (this.#skip > 0 && !this.#pass()) return false;
      const at = w.pos;
      if (w.end - at < 12) return false;
      const { view } = w;
      let type = view.getUint32(at, this.#little);
      // The type of a section header reads the same in both byte orders.
      if (type === SECTION_HEADER) this.#readByteOrder(at);
      else if (this.#section === 0) throw new CaptureError('FORMAT', 'no section header block', w.offset);
      const total = view.getUint32(at + 4, this.#little);
      const least = MINIMUM.get(type) ?? 12;
      if (total < least) {
        throw new CaptureError('LENGTH', `block length ${total} is below ${least}`, w.offset);
      }
      if (total > MAX_BLOCK) {
        throw new CaptureError('LENGTH', `block length ${total} is above ${MAX_BLOCK}`, w.offset);
      }
      const padded = (total + 3) & ~3;
      if (padded > w.end - at) {
        if (KEPT.has(type)) {
          if (padded > MAX_KEPT_BLOCK) {
            throw new CaptureError('LENGTH', `block length ${total} is above ${MAX_KEPT_BLOCK}`, w.offset);
          }
          return false;
        }
        this.#skip = padded;
        this.#skipTotal = total;
        this.#skipOffset = w.offset;
        type = -1;
        continue;
      }
      const trailer = view.getUint32(at + padded - 4, this.#little);
      if (trailer !== total) this.#badTrailer(total, trailer);
      const found = this.#block(packet, type, at + 8, at + total - 4);
      w.pos = at + padded;
      if (found) return true;
    }
  }

  /** Where the block that is being read begins; the end of what is read when there is none. */
  get offset(): number {
    return this.#skip > 0 ? this.#skipOffset : this.#window.offset;
  }

  #badTrailer(total: number, trailer: number): never {
    const message = `the two lengths of a block differ (${total} and ${trailer})`;
    throw new CaptureError('CORRUPT', message, this.offset);
  }

  /** Steps over a long block without holding it. */
  #pass(): boolean {
    const w = this.#window;
    const body = this.#skip - 4;
    const step = Math.min(body, w.end - w.pos);
    w.pos += step;
    this.#skip -= step;
    if (this.#skip > 4 || w.end - w.pos < 4) return false;
    const trailer = w.view.getUint32(w.pos, this.#little);
    if (trailer !== this.#skipTotal) this.#badTrailer(this.#skipTotal, trailer);
    w.pos += 4;
    this.#skip = 0;
    return true;
  }

  #readByteOrder(at: number): void {
    const magic = this.#window.view.getUint32(at + 8, true);
    if (magic === 0x1a2b3c4d) this.#little = true;
    else if (magic === 0x4d3c2b1a) this.#little = false;
    else {
      const code = this.#section === 0 ? 'FORMAT' : 'CORRUPT';
      throw new CaptureError(code, 'a section header has no valid byte-order magic', this.#window.offset);
    }
  }

  /** The content of a block is [from, to); true when it is a packet, put into `packet`. */
  #block(packet: Packet, type: number, from: number, to: number): boolean {
    switch (type) {
      case ENHANCED_PACKET:
      case OLD_PACKET:
        this.#packet(packet, type, from, to);
        return true;
      case SIMPLE_PACKET:
        this.#simplePacket(packet, from, to);
        return true;
      case SECTION_HEADER:
        this.#sectionHeader(from, to);
        return false;
      case INTERFACE:
        this.#interface(from, to);
        return false;
      case SECRETS:
        this.#secret(from, to);
        return false;
      case NAME_RESOLUTION:
        this.#names(from, to);
        return false;
      case STATISTICS:
        this.#options(from + 12, to, () => {});
        return false;
      case CUSTOM:
      case CUSTOM_NO_COPY:
        this.#opaque(packet, from + 4, to);
        return true;
      case JOURNAL:
        this.#journal(packet, from, to);
        return true;
      default:
        return false;
    }
  }

  #sectionHeader(from: number, to: number): void {
    const { view } = this.#window;
    const major = view.getUint16(from + 4, this.#little);
    const minor = view.getUint16(from + 6, this.#little);
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      const message = `pcapng version ${major}.${minor} is not supported`;
      throw new CaptureError('UNSUPPORTED', message, this.#window.offset);
    }
    this.#options(from + 16, to, () => {});
    this.#section++;
    this.#known = [];
    this.interfaces.length = 0;
  }

  #interface(from: number, to: number): void {
    const { view, buf } = this.#window;
    const little = this.#little;
    if (this.#known.length >= MAX_INTERFACES) {
      const message = `more than ${MAX_INTERFACES} interfaces in a section`;
      throw new CaptureError('LENGTH', message, this.#window.offset);
    }
    const texts = new Map<number, string>();
    let resolution = 6;
    let offset = 0n;
    let filter: string | null = null;
    const others: PcapngOption[] = [];
    this.#options(from + 8, to, (code, off, len) => {
      if (code === 9 && len === 1) resolution = view.getUint8(off);
      else if (code === 14 && len === 8) offset = view.getBigInt64(off, little);
      else if (code === 11) {
        if (len < 1) this.#badOption('a filter', len);
        if (view.getUint8(off) === 0) filter = buf.toString('utf8', off + 1, off + len);
      } else if (code === 2 || code === 3 || code === 12 || code === 15) {
        texts.set(code, buf.toString('utf8', off, off + len));
      }
      if (!DESCRIBED.has(code) && !KEPT_TO_ITSELF.has(code)) {
        others.push([code, this.#optionValue('interface', code, off, len)]);
      }
    });
    const clock = makeClock(resolution, offset);
    const description: CaptureInterface = {
      section: this.#section,
      id: this.#known.length,
      linkType: view.getUint16(from, little),
      snapLength: view.getUint32(from + 4, little),
      format: 'pcapng',
      name: texts.get(2) ?? null,
      description: texts.get(3) ?? null,
      filter,
      hardware: texts.get(15) ?? null,
      os: texts.get(12) ?? null,
      unitsPerSecond: clock.unitsPerSecond,
      timeOffset: clock.offset,
      ...(others.length === 0 ? {} : { options: others }),
    };
    this.#known.push({ description, clock });
    this.interfaces.push(description);
  }

  /** Enhanced Packet Block and the old Packet Block: the same but for the interface's number. */
  #packet(packet: Packet, type: number, from: number, to: number): void {
    const { view } = this.#window;
    const little = this.#little;
    const id = type === ENHANCED_PACKET ? view.getUint32(from, little) : view.getUint16(from, little);
    const known = this.#known[id];
    if (known === undefined) {
      const message = `interface ${id} of a packet is not one of the section's ${this.#known.length}`;
      throw new CaptureError('CORRUPT', message, this.#window.offset);
    }
    const caplen = view.getUint32(from + 12, little);
    this.#checkLength(caplen, known, to - from - 20);
    setTime(packet, known.clock, view.getUint32(from + 4, little), view.getUint32(from + 8, little));
    const options = from + 20 + ((caplen + 3) & ~3);
    if (options < to) this.#packetOptions(packet, options, to);
    else {
      packet.comments = NO_COMMENTS;
      packet.options = NO_OPTIONS;
    }
    this.#fill(packet, known, from + 20, caplen, view.getUint32(from + 16, little));
  }

  #simplePacket(packet: Packet, from: number, to: number): void {
    const known = this.#known[0];
    if (known === undefined) {
      throw new CaptureError('CORRUPT', 'a simple packet before any interface', this.#window.offset);
    }
    const len = this.#window.view.getUint32(from, this.#little);
    const snap = known.description.snapLength;
    const caplen = snap > 0 && snap < len ? snap : len;
    this.#checkLength(caplen, known, to - from - 4);
    packet.hasTime = false;
    packet.sec = 0;
    packet.nsec = 0;
    packet.comments = NO_COMMENTS;
    packet.options = NO_OPTIONS;
    this.#fill(packet, known, from + 4, caplen, len);
  }

  #checkLength(caplen: number, known: SectionInterface, available: number): void {
    const snap = known.description.snapLength;
    const limit = snap > MAX_KEPT_BLOCK ? this.#limit : Math.max(this.#limit, snap);
    if (caplen > limit) {
      const message = `a packet claims ${caplen} bytes, above the limit of ${limit}`;
      throw new CaptureError('LENGTH', message, this.#window.offset);
    }
    if (caplen > available) {
      const message = `a packet claims ${caplen} bytes, its block has ${available}`;
      throw new CaptureError('CORRUPT', message, this.#window.offset);
    }
  }

  #fill(packet: Packet, known: SectionInterface, off: number, caplen: number, len: number): void {
    packet.linkType = known.description.linkType;
    packet.interfaceId = known.description.id;
    packet.section = this.#section;
    packet.off = off;
    packet.caplen = caplen;
    packet.len = len;
  }

  /** A block that is shown as a frame without being a packet. */
  #opaque(packet: Packet, from: number, to: number): void {
    packet.linkType = -1;
    packet.interfaceId = 0;
    packet.section = this.#section;
    packet.hasTime = false;
    packet.sec = 0;
    packet.nsec = 0;
    packet.comments = NO_COMMENTS;
    packet.options = NO_OPTIONS;
    packet.off = from;
    packet.caplen = to - from;
    packet.len = to - from;
  }

  /** A systemd journal entry in its export format; its own text tells the time. */
  #journal(packet: Packet, from: number, to: number): void {
    const { buf } = this.#window;
    let end = to;
    while (end > from && buf[end - 1] === 0) end--;
    this.#opaque(packet, from, end);
    const found = /^__REALTIME_TIMESTAMP=(\d{1,19})$/m.exec(
      buf.toString('latin1', from, Math.min(end, from + 4096)),
    );
    if (found === null) return;
    const micros = BigInt(found[1]!);
    packet.hasTime = true;
    packet.sec = Number(micros / 1_000_000n);
    packet.nsec = Number(micros % 1_000_000n) * 1000;
  }

  #secret(from: number, to: number): void {
    const { view, buf } = this.#window;
    const type = view.getUint32(from, this.#little);
    const length = view.getUint32(from + 4, this.#little);
    if (length > to - from - 8) {
      const message = `secrets of ${length} bytes in a block of ${to - from - 8}`;
      throw new CaptureError('CORRUPT', message, this.#window.offset);
    }
    if (this.#secretBytes + length > MAX_SECRETS) return;
    this.#secretBytes += length;
    const data = Buffer.from(buf.subarray(from + 8, from + 8 + length));
    this.secrets.push({ section: this.#section, type, data });
  }

  /** Names are not used; that its records fit the block is checked. */
  #names(from: number, to: number): void {
    const { view } = this.#window;
    let at = from;
    while (to - at >= 4) {
      const type = view.getUint16(at, this.#little);
      const length = view.getUint16(at + 2, this.#little);
      if (type === 0) return;
      at += 4 + ((length + 3) & ~3);
      if (at > to) {
        throw new CaptureError(
          'CORRUPT',
          `a name record of ${length} bytes does not fit`,
          this.#window.offset,
        );
      }
    }
  }

  #packetOptions(packet: Packet, from: number, to: number): void {
    const { buf } = this.#window;
    const comments: string[] = [];
    const others: PcapngOption[] = [];
    this.#options(from, to, (code, off, len) => {
      const must = PACKET_OPTION_LENGTHS.get(code);
      if (must !== undefined ? len !== must : code === OPT_VERDICT && len < 1) {
        this.#badOption(`packet option ${code}`, len);
      }
      if (code === OPT_COMMENT) {
        comments.push(buf.toString('utf8', off, off + len));
      } else if (!KEPT_TO_ITSELF.has(code)) others.push([code, this.#optionValue('packet', code, off, len)]);
    });
    packet.comments = comments;
    packet.options = others;
  }

  /** A copy of an option's value, with its number as a little-endian file has it. */
  #optionValue(of: 'packet' | 'interface', code: number, off: number, len: number): Uint8Array {
    const value = Uint8Array.prototype.slice.call(this.#window.buf, off, off + len);
    if (this.#little) return value;
    let [at, size] = [0, NUMBERS[of].get(code) ?? 0];
    // a custom option begins with its owner's number, a verdict of eBPF with its kind
    if (CUSTOM_OPTIONS.has(code)) size = 4;
    else if (of === 'packet' && code === OPT_VERDICT && value[0] !== 0 && len === 9) [at, size] = [1, 8];
    value.subarray(at, at + size).reverse();
    return value;
  }

  #badOption(what: string, len: number): never {
    throw new CaptureError('CORRUPT', `${what} has the length ${len}`, this.#window.offset);
  }

  #options(from: number, to: number, visit: (code: number, off: number, len: number) => void): void {
    const { view } = this.#window;
    let at = from;
    while (at < to) {
      if (to - at < 4) throw new CaptureError('CORRUPT', 'an option is cut off', this.#window.offset);
      const code = view.getUint16(at, this.#little);
      const len = view.getUint16(at + 2, this.#little);
      at += 4;
      if (len > to - at) {
        throw new CaptureError(
          'CORRUPT',
          `an option of ${len} bytes, ${to - at} are left`,
          this.#window.offset,
        );
      }
      if (code === OPT_END) return;
      if (CUSTOM_OPTIONS.has(code) && len < 4) this.#badOption('a custom option', len);
      visit(code, at, len);
      at += (len + 3) & ~3;
    }
  }
}
