/** Feeds packets in memory to a NetworkDecoder, as a capture would. */
import { emptyPacket, type Packet } from '../../../dissector/capture/index.ts';
import { type Frame, NetworkDecoder, type NetworkOptions } from '../../../dissector/network/index.ts';

/** A Packet around the bytes, `cut` of them captured; they stand at offset 3 of a larger buffer. */
export function packetOf(bytes: Uint8Array, number = 1, linkType = 1, cut = bytes.length): Packet {
  const buf = Buffer.alloc(Math.min(cut, bytes.length) + 20, 0xee);
  buf.set(bytes.subarray(0, cut), 3);
  const packet = emptyPacket();
  Object.assign(packet, {
    number,
    buf,
    view: new DataView(buf.buffer, buf.byteOffset, buf.length),
    off: 3,
    caplen: Math.min(cut, bytes.length),
    len: bytes.length,
    linkType,
    hasTime: true,
  });
  return packet;
}

/** A decoder that numbers the packets itself. */
export class Feeder {
  readonly decoder: NetworkDecoder;
  #number = 0;

  constructor(options: NetworkOptions = {}) {
    this.decoder = new NetworkDecoder(options);
  }

  frame(bytes: Uint8Array, linkType = 1, cut = bytes.length): Frame {
    return this.decoder.decode(packetOf(bytes, ++this.#number, linkType, cut));
  }
}

/** The transport payload that was captured. */
export function payloadOf(f: Frame): string {
  return f.tbuf.toString('latin1', f.payloadOff, f.payloadOff + f.payloadLen);
}

/** The kinds of the layers, outermost first. */
export function kindsOf(f: Frame): number[] {
  return f.layers.slice(0, f.layerCount).map((l) => l.kind);
}
