import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { transformSync } from 'esbuild';
import { emitTypeScript, parseIdl } from '../../../codec/idl/index.ts';
import { pairOf } from '../../../codec/xdr/codec.ts';
import {
  attachCodec,
  type Codec,
  codecOf,
  codecRuntime,
  decode,
  encode,
  generateCodecSource,
  loadZod,
  schemaOf,
  type XdrError,
  xdr,
} from '../../../codec/xdr/index.ts';
import { type Rng, randomValue, rngOf } from '../../../codec/xdr/random.ts';
import type { CodecPair } from '../../../codec/xdr/runtime.ts';
import type { StructType, XdrType } from '../../../codec/xdr/types.ts';
import { typecheck } from '../typecheck.ts';
import { damageValue, randomType } from './arbitrary.ts';
import { NASTY } from './nasty.ts';

/** Run a printed module's statements as a generated module would, and return what it attached. */
function runModule(types: readonly XdrType[]): Map<XdrType, CodecPair> {
  const generated = generateCodecSource(types, {
    style: 'module',
    expression: (type) => `TYPES[${types.indexOf(type)}]`,
  });
  const { code } = transformSync(generated.source, { loader: 'ts' });
  const attached = new Map<XdrType, CodecPair>();
  const attach = (type: XdrType, pair: CodecPair): void => {
    attached.set(type, pair);
    attachCodec(type, pair);
  };
  new Function('TYPES', 'attachCodec', 'codecRuntime', code)(types, attach, codecRuntime);
  return attached;
}

const HOSTILE = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'then',
  'class',
  'function',
  'await',
  'r',
  'w',
  'p',
  'fail',
  'a"b',
  "a'b",
  'a`$' + '{process.exit(3)}`',
  'a*/b',
  'a\nb',
  'a\u2028b',
  '"];process.exit(3);["',
  '</script>',
  '\\',
  '',
];

describe('generateCodecSource', () => {
  it('prints a module whose functions codecOf then uses', () => {
    const inner = xdr.struct({ a: xdr.int(), b: xdr.string(9) }, 'inner');
    const outer = xdr.struct({ list: xdr.varArray(inner), pick: xdr.bool() }, 'outer');
    const attached = runModule([inner, outer]);
    expect(pairOf(outer)).to.equal(attached.get(outer));
    expect(pairOf(xdr.named('typedef', inner))).to.equal(attached.get(inner));
    const value = { list: [{ a: 1, b: 'x' }], pick: true };
    expect(decode(outer, encode(outer, value))).to.deep.equal(value);
  });

  it('prints the same codec both ways', () => {
    for (let seed = 0; seed < 60; seed++) {
      const rng = rngOf(seed);
      const hosted = randomType(rngOf(seed));
      const printed = randomType(rngOf(seed));
      const value = randomValue(hosted, rng);
      const expected = encode(hosted, value);
      runModule([printed]);
      expect(encode(printed, value)).to.deep.equal(expected);
      expect(decode(printed, expected)).to.deep.equal(decode(hosted, expected));
    }
  });

  it('says what a module must import', () => {
    const { imports, typeImports, source } = generateCodecSource([xdr.int()], {
      style: 'module',
      expression: () => 'INT',
    });
    expect(imports).to.deep.equal(['attachCodec', 'codecRuntime']);
    expect(typeImports).to.deep.equal(['Reader', 'WriteLimits', 'Writer']);
    expect(source).to.match(/^const \{ fail \} = codecRuntime;/);
    expect(source).to.match(/attachCodec\(INT, \{ read: r0, write: w0 \}\);\n$/);
    expect(() => generateCodecSource([xdr.int()], { style: 'module' })).to.throw(TypeError);
  });

  it('takes any name, and pollutes nothing', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    const fields = HOSTILE.map((name) => ({ name, type: xdr.struct({ x: xdr.int() }) as XdrType }));
    const struct: StructType = { kind: 'struct', name: '*/process.exit(3)/*', fields };
    const members = HOSTILE.map((name, i) => [name, i] as const);
    const arms = HOSTILE.map((name, i) => ({ cases: [i], name, type: xdr.int() as XdrType }));
    for (const discriminant of HOSTILE) {
      const union: XdrType = {
        kind: 'union',
        name: discriminant,
        discriminant: { name: discriminant, type: { kind: 'enum', name: discriminant, members } },
        arms,
      };
      const type: XdrType = { kind: 'array', fixed: false, size: undefined, element: union };
      const value = randomValue(type, rngOf(HOSTILE.indexOf(discriminant)), { elements: 30 });
      const bytes = encode(type, value);
      expect(decode(type, bytes)).to.deep.equal(value);
      expect(decode(type, bytes, { codegen: false })).to.deep.equal(value);
    }
    const value = randomValue(struct, rngOf(1));
    const bytes = encode(struct, value);
    const back = decode(struct, bytes) as object;
    expect(Object.keys(back)).to.deep.equal(HOSTILE);
    expect(Object.getPrototypeOf(back)).to.equal(Object.prototype);
    expect(encode(struct, back)).to.deep.equal(encode(struct, value, { codegen: false }));
    expect(() => encode(struct, {}))
      .to.throw()
      .that.includes({ code: 'BAD_VALUE', path: '__proto__' });
    runModule([struct]);
    expect(encode(struct, back)).to.deep.equal(bytes);
    expect(Object.getOwnPropertyNames(Object.prototype).join()).to.equal(before);
    const { source } = generateCodecSource([struct], { style: 'function' });
    expect(source.replace(/"(?:[^"\\]|\\.)*"/g, '')).not.to.match(/process|\*\/|[^\n -~]/);
  });

  it('is ready for a program of 300 types', () => {
    // As NFSv4 is: structs of unions of structs, each used in several places.
    const types: XdrType[] = [];
    for (let i = 0; i < 300; i++) {
      const used = (n: number): XdrType => types[(i * 7 + n * 13) % Math.max(1, i)] ?? xdr.int();
      const body = xdr.union(
        ['status', xdr.int()],
        [xdr.arm([0], 'ok', used(1)), xdr.arm([1, 2], 'retry', used(2)), xdr.arm([3])],
        xdr.otherwise('other', xdr.varOpaque(128)),
      );
      types.push(
        xdr.struct({ id: xdr.uint(), name: xdr.string(64), body, more: xdr.varArray(used(3), 8) }, `t${i}`),
      );
    }
    const start = performance.now();
    const { source } = generateCodecSource(types, { style: 'module', expression: () => 'T' });
    expect(source.length).to.be.below(1_500_000);
    for (const type of types) codecOf(type);
    expect(performance.now() - start).to.be.below(5000);
  });

  it('gives deep types without names functions, not deeper code', () => {
    let type: XdrType = xdr.int();
    let value: unknown = 5;
    for (let i = 0; i < 60; i++) {
      type = { kind: 'array', fixed: false, size: 3, element: type };
      value = [value];
    }
    expect(decode(type, encode(type, value))).to.deep.equal(value);
    const self: XdrType = {
      kind: 'array',
      fixed: false,
      size: undefined,
      get element() {
        return self;
      },
    };
    expect(decode(self, encode(self, [[], [[]]]))).to.deep.equal([[], [[]]]);
  });
});

const ROOT = join(import.meta.dirname, '../../..');
const IMPORTS = {
  codecImport: `${ROOT}/codec/xdr/index.ts`,
  programImport: `${ROOT}/codec/rpc/program.ts`,
};
const VALUES = 12;

interface Emitted {
  readonly types: ReadonlyMap<string, XdrType>;
  readonly codecs: Readonly<Record<string, Codec>>;
}

/** A value, or what was refused and where. */
function outcome(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    // By name: the loader may give the printed module a codec of its own, with a class of its own.
    if ((error as Error).name !== 'XdrError') throw error;
    const { code, offset, path } = error as XdrError;
    return { code, offset, path };
  }
}

const fileOf = (index: number): string => `nasty-${index}.gen.ts`;

describe('nasty descriptions', function () {
  this.timeout(60_000);
  let folder: string;
  const names = Object.keys(NASTY);

  before(async () => {
    await loadZod();
    folder = mkdtempSync(join(tmpdir(), 'oncilla-nasty-'));
    for (const [i, name] of names.entries()) {
      const module = parseIdl(NASTY[name] as string, { file: 'nasty.x' });
      writeFileSync(join(folder, fileOf(i)), emitTypeScript(module, IMPORTS));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are printed as TypeScript that a strict compiler takes', () => {
    expect(
      typecheck(
        folder,
        names.map((_, i) => fileOf(i)),
      ),
    ).to.equal('');
  });

  for (const [index, name] of names.entries()) {
    it(`${name}: printed code, generated code, walker and schema agree`, async () => {
      const module = (await import(pathToFileURL(join(folder, fileOf(index))).href)) as Emitted;
      expect(module.types.size).to.be.above(0);
      for (const [typeName, type] of module.types) {
        expect(({} as Record<string, unknown>).constructor).to.equal(Object);
        compareAll(typeName, type, module.codecs[typeName] as Codec, rngOf(index));
      }
    });
  }
});

function compareAll(name: string, type: XdrType, printed: Codec, rng: Rng): void {
  const walker = codecOf(type, { codegen: false });
  const schema = schemaOf(type);
  const decoded = (bytes: Uint8Array): void => {
    const [fast, slow] = [outcome(() => printed.decode(bytes)), outcome(() => walker.decode(bytes))];
    expect(fast, `${name} ${Buffer.from(bytes).toString('hex')}`).to.deep.equal(slow);
  };
  const encoded = (value: unknown): void => {
    const [fast, slow] = [outcome(() => printed.encode(value)), outcome(() => walker.encode(value))];
    expect(fast, name).to.deep.equal(slow);
    expect(schema.safeParse(value).success, name).to.equal('value' in (slow as object));
  };
  for (let i = 0; i < VALUES; i++) {
    const value = randomValue(type, rng, { nodes: 40, elements: 4, depth: 8 });
    const bytes = encode(type, value);
    expect(printed.decode(bytes), name).to.deep.equal(value);
    encoded(value);
    for (let n = 0; n < 4; n++) encoded(damageValue(value, rng));
    const few = bytes.subarray(0, 160);
    for (let end = 0; end <= few.length; end++) decoded(few.subarray(0, end));
    for (let at = 0; at < few.length; at++) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] as number) ^ (1 << (rng() % 8));
      decoded(damaged);
    }
    decoded(Uint8Array.from({ length: rng() % 64 }, () => (rng() % 3 === 0 ? rng() : 0)));
  }
}
