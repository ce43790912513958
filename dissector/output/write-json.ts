/**
 * `-T json` around the layers: one array, an object a packet, in tshark's layout to the byte. What a packet's layers
 * hold is written by a JsonSink, by a JsonGroupWriter (--no-duplicate-keys), or as fields (-e). Throws only what the
 * sink throws.
 */
import type { Packet } from '../capture/packet.ts';
import { type ByteWriter, type PreparedText, prepareText } from './byte-writer.ts';
import { packetDay } from './packet-day.ts';

const COMMA = 0x2c;
const END = prepareText('\n    }\n  }');

export class JsonWriter {
  readonly #w: ByteWriter;
  #first = true;
  /** what a packet begins with, of the second of the last one */
  #second = Number.NaN;
  #head: PreparedText = END;

  constructor(writer: ByteWriter) {
    this.#w = writer;
  }

  begin(): void {
    this.#w.text('[');
  }

  /** Everything of a packet but the object of its layers, which `layers` writes. */
  packet(packet: Packet, layers: () => void): void {
    const w = this.#w;
    if (!this.#first) w.byte(COMMA);
    this.#first = false;
    if (packet.sec !== this.#second) {
      this.#second = packet.sec;
      this.#head = prepareText(
        `\n  {\n    "_index": "packets-${packetDay(packet)}",\n    "_type": "doc",\n    "_score": null,\n` +
          '    "_source": {\n      "layers": ',
      );
    }
    w.prepared(this.#head);
    layers();
    w.prepared(END);
  }

  end(): void {
    this.#w.text(this.#first ? ']\n' : '\n]\n');
    this.#w.flush();
  }
}
