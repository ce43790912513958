/**
 * `-T json` around the layers: one array, an object a packet, in tshark's layout to the byte. What a packet's layers
 * hold is written by a JsonSink, by a JsonGroupWriter (--no-duplicate-keys), or as fields (-e). Throws only what the
 * sink throws.
 */
import type { Packet } from '../capture/packet.ts';
import type { ByteWriter } from './byte-writer.ts';
import { packetDay } from './packet-day.ts';

export class JsonWriter {
  readonly #w: ByteWriter;
  #first = true;

  constructor(writer: ByteWriter) {
    this.#w = writer;
  }

  begin(): void {
    this.#w.text('[');
  }

  /** Everything of a packet but the object of its layers, which `layers` writes. */
  packet(packet: Packet, layers: () => void): void {
    const w = this.#w;
    w.text(this.#first ? '\n' : ',\n');
    this.#first = false;
    w.text(`  {\n    "_index": "packets-${packetDay(packet)}",\n    "_type": "doc",\n    "_score": null,\n`);
    w.text('    "_source": {\n      "layers": ');
    layers();
    w.text('\n    }\n  }');
  }

  end(): void {
    this.#w.text(this.#first ? ']\n' : '\n]\n');
    this.#w.flush();
  }
}
