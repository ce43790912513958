/**
 * `-T json`: one array, an object a packet, in tshark's layout to the byte, repeated keys and all; with
 * --no-duplicate-keys they become arrays. Values are strings. Throws only what the sink throws.
 */
import type { Packet } from '../capture/packet.ts';
import { two } from '../tree/format.ts';
import type { TreeNode } from '../tree/tree-builder.ts';
import type { ByteWriter } from './byte-writer.ts';
import { groupMembers, type JsonFilter, type JsonMember, jsonMembers } from './json-tree.ts';

export interface JsonOptions {
  readonly noDuplicateKeys: boolean;
  readonly filter: JsonFilter | null;
}

export class JsonWriter {
  readonly #w: ByteWriter;
  readonly #options: JsonOptions;
  #first = true;

  constructor(writer: ByteWriter, options: JsonOptions = { noDuplicateKeys: false, filter: null }) {
    this.#w = writer;
    this.#options = options;
  }

  begin(): void {
    this.#w.text('[');
  }

  frame(roots: readonly TreeNode[], packet: Packet): void {
    const w = this.#w;
    w.text(this.#first ? '\n' : ',\n');
    this.#first = false;
    w.text(`  {\n    "_index": "packets-${date(packet)}",\n    "_type": "doc",\n    "_score": null,\n`);
    w.text('    "_source": {\n      "layers": ');
    this.#object(jsonMembers(roots, this.#options.filter), 3);
    w.text('\n    }\n  }');
  }

  end(): void {
    this.#w.text(this.#first ? '\n\n]\n' : '\n]\n');
    this.#w.flush();
  }

  #object(members: readonly JsonMember[], depth: number): void {
    const indent = '  '.repeat(depth + 1);
    this.#w.text('{');
    let first = true;
    const member = (key: string): void => {
      this.#w.text(`${first ? '' : ','}\n${indent}${quote(key)}: `);
      first = false;
    };
    if (this.#options.noDuplicateKeys) {
      for (const [key, values] of groupMembers(members)) {
        member(key);
        const [only] = values;
        if (values.length === 1 && only !== undefined) this.#value(only, depth + 1);
        else this.#array(values, depth + 1);
      }
    } else {
      for (const [key, value] of members) {
        member(key);
        this.#value(value, depth + 1);
      }
    }
    this.#w.text(`\n${'  '.repeat(depth)}}`);
  }

  #array(values: readonly JsonMember[1][], depth: number): void {
    const indent = '  '.repeat(depth + 1);
    this.#w.text('[');
    values.forEach((value, i) => {
      this.#w.text(`${i > 0 ? ',' : ''}\n${indent}`);
      this.#value(value, depth + 1);
    });
    this.#w.text(`\n${'  '.repeat(depth)}]`);
  }

  #value(value: JsonMember[1], depth: number): void {
    if (typeof value === 'string') this.#w.text(quote(value));
    else this.#object(value, depth);
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** The day of the packet, in the zone of the process. */
function date(packet: Packet): string {
  const d = new Date(packet.sec * 1000);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}
