/**
 * Prints type descriptions as TypeScript object literals: one const for each distinct named type, each primitive
 * and each `ref`, so that the module's objects are linked and shared as the parsed ones are.
 */
import type { Procedure, Program } from '../rpc/program.ts';
import type { Field, XdrType } from '../xdr/types.ts';

const quote = JSON.stringify;

export class DescriptionPrinter {
  readonly #types: ReadonlyMap<string, XdrType>;
  /** Types that have a const of their own: its name. */
  readonly #consts = new Map<XdrType, string>();
  readonly #printed = new Set<XdrType>();
  readonly #primitives = new Map<string, string>();
  readonly #refs = new Map<string, string>();
  /** The consts, each behind those it is made of. A circle always goes through a ref, which looks late. */
  readonly #lines: string[] = [];
  #calls = 0;

  constructor(types: ReadonlyMap<string, XdrType>, programs: readonly Program[]) {
    this.#types = types;
    for (const type of types.values()) {
      if (!this.#consts.has(type)) this.#consts.set(type, `type${this.#consts.size}`);
    }
    for (const program of programs) {
      for (const version of program.versions) {
        for (const { args, argument, result } of version.procedures) {
          for (const type of [...args, argument, result]) this.#call(type);
        }
      }
    }
  }

  /** What a procedure takes or gives and nothing names gets a const too, so that it gets a codec. */
  #call(type: XdrType): void {
    if (type.kind === 'ref' || type.kind === 'void' || this.#consts.has(type)) return;
    this.#consts.set(type, `call${this.#calls++}`);
  }

  /** Every type with a const of its own. */
  get roots(): readonly XdrType[] {
    return [...this.#consts.keys()].filter((t) => t.kind !== 'ref');
  }

  /** Text that evaluates to the type object. */
  expression(type: XdrType): string {
    const name = this.#consts.get(type);
    if (name === undefined) return isPrimitive(type) ? this.#primitive(type) : this.#literal(type);
    if (!this.#printed.has(type)) {
      this.#printed.add(type);
      this.#line(name, this.#literal(type));
    }
    return name;
  }

  #line(name: string, literal: string): void {
    this.#lines.push(`const ${name}: XdrType = ${literal};\n`);
  }

  #literal(type: XdrType): string {
    switch (type.kind) {
      case 'void':
      case 'bool':
        return `{ kind: ${quote(type.kind)} }`;
      case 'integer':
        return `{ kind: "integer", bits: ${type.bits}, signed: ${type.signed} }`;
      case 'float':
        return `{ kind: "float", bits: ${type.bits} }`;
      case 'string':
        return `{ kind: "string", size: ${type.size} }`;
      case 'opaque':
        return `{ kind: "opaque", fixed: ${type.fixed}, size: ${type.size} }`;
      case 'optional':
        return `{ kind: "optional", element: ${this.expression(type.element)} }`;
      case 'array':
        return `{ kind: "array", fixed: ${type.fixed}, size: ${type.size}, element: ${this.expression(type.element)} }`;
      case 'ref':
        return this.#ref(type.name);
      case 'enum': {
        const members = type.members.map(([name, value]) => `[${quote(name)}, ${value}]`);
        return `{ kind: "enum",${named(type.name)} members: [${members.join(', ')}] }`;
      }
      case 'struct':
        return `{ kind: "struct",${named(type.name)} fields: [${type.fields.map((f) => this.#field(f)).join(', ')}] }`;
      case 'union': {
        const arms = type.arms.map((a) => {
          const cases = a.cases.map((c) => (typeof c === 'bigint' ? `${c}n` : String(c)));
          return `{ cases: [${cases.join(', ')}], name: ${quote(a.name)}, type: ${this.expression(a.type)} }`;
        });
        const fallback = type.default === undefined ? '' : `, default: ${this.#field(type.default)}`;
        const head = `{ kind: "union",${named(type.name)} discriminant: ${this.#field(type.discriminant)}`;
        return `${head}, arms: [${arms.join(', ')}]${fallback} }`;
      }
    }
  }

  #field(field: Field): string {
    return `{ name: ${quote(field.name)}, type: ${this.expression(field.type)} }`;
  }

  #primitive(type: XdrType): string {
    const literal = this.#literal(type);
    let name = this.#primitives.get(literal);
    if (name === undefined) {
      name = `type${this.#consts.size + this.#primitives.size}`;
      this.#primitives.set(literal, name);
      this.#line(name, literal);
    }
    return name;
  }

  #ref(target: string): string {
    let name = this.#refs.get(target);
    if (name === undefined) {
      name = `ref${this.#refs.size}`;
      this.#refs.set(target, name);
      const type = this.#consts.get(this.#types.get(target)!)!;
      this.#line(name, `{ kind: "ref", name: ${quote(target)}, get target() { return ${type}; } }`);
    }
    return name;
  }

  #procedure({ name, number, args, argument, result }: Procedure): string {
    const list = args.map((a) => this.expression(a)).join(', ');
    const head = `{ name: ${quote(name)}, number: ${number}, args: [${list}]`;
    return `${head}, argument: ${this.expression(argument)}, result: ${this.expression(result)} }`;
  }

  #program({ name, number, versions }: Program): string {
    const printed = versions.map(
      (v) =>
        `    { name: ${quote(v.name)}, number: ${v.number}, procedures: [\n` +
        `${v.procedures.map((p) => `      ${this.#procedure(p)},\n`).join('')}    ] },\n`,
    );
    return `  { name: ${quote(name)}, number: ${number}, versions: [\n${printed.join('')}  ] },\n`;
  }

  /** The consts, then `types` and `programs`. */
  print(programs: readonly Program[]): string {
    const entries = [...this.#types].map(([name, type]) => `  [${quote(name)}, ${this.expression(type)}],\n`);
    const table = programs.map((p) => this.#program(p));
    return [
      ...this.#lines,
      '\n/** Every named type, in order of definition. */\n',
      `export const types: ReadonlyMap<string, XdrType> = new Map<string, XdrType>([\n${entries.join('')}]);\n`,
      `\nexport const programs: readonly Program[] = [\n${table.join('')}];\n`,
    ].join('');
  }
}

function isPrimitive(type: XdrType): boolean {
  return type.kind === 'void' || type.kind === 'bool' || type.kind === 'integer' || type.kind === 'float';
}

function named(name: string | undefined): string {
  return name === undefined ? '' : ` name: ${quote(name)},`;
}
