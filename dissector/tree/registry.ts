/**
 * All fields of one run, by name. A registry is made per run and handed to the walkers, which define their
 * protocol's fields in it; the fields of a program are added when somebody asks for one of its names. Nothing here
 * throws: an unknown name is undefined, and the command line says so in tshark's words.
 */
import type { FieldBase, FieldDef, FieldType } from './field.ts';

/** What a walker says about a field beyond its name and type. */
export interface FieldOptions {
  readonly base?: FieldBase;
  readonly strings?: ReadonlyMap<number | bigint, string>;
  readonly mask?: number;
  /** width of the word that `mask` selects from, when it is not that of the type */
  readonly bits?: number;
  /** it has a protocol's name in Wireshark, beside its value */
  readonly ownProtocol?: boolean;
}

/** Defines one field of the protocol that the definer was made for. */
export type Define = (name: string, label: string, type: FieldType, options?: FieldOptions) => FieldDef;

/** Finds the fields below a name's first word on demand: true when it defined something new. */
export type FieldSource = (name: string) => boolean;

export class Registry {
  readonly #byName = new Map<string, FieldDef>();
  readonly #list: FieldDef[] = [];
  readonly #sources: FieldSource[] = [];

  /** Number of fields so far; ids are 0 to size - 1. */
  get size(): number {
    return this.#list.length;
  }

  /** A function that defines fields of `protocol`. Defining a name again returns the field that has it. */
  definer(protocol: string): Define {
    return (name, label, type, options) => {
      const old = this.#byName.get(name);
      if (old !== undefined) return old;
      const def: FieldDef = {
        id: this.#list.length,
        name,
        label,
        type,
        base: options?.base ?? (isNumeric(type) ? 'dec' : 'none'),
        strings: options?.strings ?? null,
        mask: options?.mask ?? 0,
        protocol,
        ...(options?.bits === undefined ? {} : { bits: options.bits }),
        ...(options?.ownProtocol ? { ownProtocol: true } : {}),
      };
      this.#list.push(def);
      this.#byName.set(name, def);
      return def;
    };
  }

  /** Adds a source of fields that are defined only when asked for. */
  addSource(source: FieldSource): void {
    this.#sources.push(source);
  }

  /** The field of that name, or undefined. Asks the sources in turn when it is not there yet. */
  find(name: string): FieldDef | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    for (const source of this.#sources) {
      if (source(name)) {
        const added = this.#byName.get(name);
        if (added !== undefined) return added;
      }
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** The field with that id. */
  at(id: number): FieldDef | undefined {
    return this.#list[id];
  }

  /** Every field defined so far, in the order of their ids. */
  all(): readonly FieldDef[] {
    return this.#list;
  }
}

function isNumeric(type: FieldType): boolean {
  return type.startsWith('uint') || type.startsWith('int') || type === 'framenum';
}
