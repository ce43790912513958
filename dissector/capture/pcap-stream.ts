/**
 * Classic pcap streams through pcap-parser, behind the guard that bounds what it buffers, notices truncation and
 * ends once. The packets are the ones CaptureParser gives for the same bytes. Push style, no I/O.
 */
import { EventEmitter } from 'node:events';
import type { ParsedPacket } from 'pcap-parser';
import type { CaptureInterface, CaptureSecrets } from './interface.ts';
import type { Packet } from './packet.ts';
import { emptyPacket } from './parser.ts';
import { PcapGuard } from './pcap-guard.ts';
import { pcapInterface } from './read-pcap.ts';

/** pcap-parser's only export that matters; handed in, so that it is loaded only for streams. */
export type ParsePcap = typeof import('pcap-parser').parse;

/** Whether pcap-parser reads what begins with these bytes: microseconds, version 2.4, plain records. */
export function isClassicPcap(start: Buffer): boolean {
  if (start.length < 24) return false;
  const magic = start.readUInt32BE(0);
  if (magic !== 0xa1b2c3d4 && magic !== 0xd4c3b2a1) return false;
  const little = magic === 0xd4c3b2a1;
  const major = little ? start.readUInt16LE(4) : start.readUInt16BE(4);
  const minor = little ? start.readUInt16LE(6) : start.readUInt16BE(6);
  return major === 2 && minor === 4;
}

export class PcapStream {
  readonly #guard: PcapGuard;
  readonly #source = Object.assign(new EventEmitter(), { pause: () => {}, resume: () => {} });
  readonly #packet = emptyPacket();
  readonly #waiting: ParsedPacket[] = [];
  #interfaces: readonly CaptureInterface[] = [];
  #taken = 0;
  #thrown = false;

  constructor(parse: ParsePcap, limit: number) {
    this.#guard = new PcapGuard(limit);
    const parser = parse(this.#source);
    parser.on('packet', (parsed: ParsedPacket) => this.#waiting.push(parsed));
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#interfaces;
  }

  get secrets(): readonly CaptureSecrets[] {
    return [];
  }

  /** Takes the next bytes of the stream. Take all packets before pushing more. */
  push(chunk: Buffer): void {
    const good = this.#guard.admit(chunk);
    const { header } = this.#guard;
    if (header !== null && this.#interfaces.length === 0) this.#interfaces = [pcapInterface(header)];
    if (good > 0) this.#source.emit('data', good === chunk.length ? chunk : chunk.subarray(0, good));
  }

  /** No more bytes will come. */
  end(): void {
    this.#guard.end();
  }

  /** As CaptureParser.next. */
  next(): Packet | null {
    if (this.#taken < this.#waiting.length) return this.#fill(this.#waiting[this.#taken++]!);
    this.#waiting.length = 0;
    this.#taken = 0;
    const { error } = this.#guard;
    if (error === null || this.#thrown) return null;
    this.#thrown = true;
    throw error;
  }

  #fill({ header, data }: ParsedPacket): Packet {
    const packet = this.#packet;
    const excess = Math.floor(header.timestampMicroseconds / 1e6);
    packet.number++;
    packet.sec = header.timestampSeconds + excess;
    packet.nsec = (header.timestampMicroseconds - excess * 1e6) * 1000;
    packet.hasTime = true;
    packet.caplen = header.capturedLength;
    packet.len = header.originalLength;
    packet.buf = data;
    packet.view = new DataView(data.buffer, data.byteOffset, data.length);
    packet.off = 0;
    packet.linkType = this.#guard.header!.linkType;
    return packet;
  }
}
