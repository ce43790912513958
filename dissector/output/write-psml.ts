/** `-T psml`: the packet list as XML, as tshark has it. Throws only what the sink throws. */
import { escapeMarkupText } from '../../codec/escape/index.ts';
import type { Summary } from '../tree/packet-walker.ts';
import type { ByteWriter } from './byte-writer.ts';

const TITLES = ['No.', 'Time', 'Source', 'Destination', 'Protocol', 'Length', 'Info'];

export class PsmlWriter {
  readonly #w: ByteWriter;

  constructor(writer: ByteWriter) {
    this.#w = writer;
  }

  begin(): void {
    this.#w.text('<?xml version="1.0" encoding="utf-8"?>\n<psml version="0" creator="wireshark/4.0.17">\n');
    this.#sections('structure', TITLES);
  }

  frame(s: Summary): void {
    const { number, time, source, destination, protocol, length, info } = s;
    this.#sections('packet', [String(number), time, source, destination, protocol, String(length), info]);
  }

  end(): void {
    this.#w.text('</psml>\n');
    this.#w.flush();
  }

  #sections(name: string, texts: readonly string[]): void {
    this.#w.text(`<${name}>\n`);
    for (const text of texts) this.#w.text(`<section>${escapeMarkupText(text)}</section>\n`);
    this.#w.text(`</${name}>\n\n`);
  }
}
