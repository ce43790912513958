import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { emitTypeScript, type IdlModule, parseIdl } from '../../../codec/idl/index.ts';
import { codecOf, randomValue, rngOf, type XdrType } from '../../../codec/xdr/index.ts';
import { typecheck } from '../typecheck.ts';
import * as shapes from './fixtures/shapes.gen.ts';
import { parse, shape } from './parse.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FIXTURES = join(import.meta.dirname, 'fixtures');

function load(name: string): IdlModule {
  const file = join(FIXTURES, name);
  return parseIdl(readFileSync(file, 'utf8'), { file, readFile: (path) => readFileSync(path, 'utf8') });
}

const RELATIVE = {
  codecImport: `${ROOT}/codec/xdr/index.ts`,
  programImport: `${ROOT}/codec/rpc/program.ts`,
};

/** Typechecked with the rest of the source: it fails to compile when a default arm does not narrow. */
function describePaint(paint: shapes.paint): string {
  switch (paint.which) {
    case shapes.color.RED: {
      const red: number = paint.red;
      return `red ${red}`;
    }
    case 2: {
      // @ts-expect-error: this arm is void
      paint.other;
      return 'green';
    }
    default: {
      const which: -3 = paint.which;
      const other: string = paint.other;
      return `${which} ${other}`;
    }
  }
}

function wideValue(maybe: shapes.maybe): bigint | undefined {
  return maybe.there ? maybe.value : undefined;
}

/** As NFSv4 has them: results by operation, default arms that must narrow; and lists whose struct has no name. */
const OPERATIONS = `
enum status { OK = 0, PERM = 1, IO = 5, LATER = 10008 };
enum number { ACCESS = 3, CLOSE = 4, ILLEGAL = 10044 };
union access_res switch (status s) { case OK: unsigned access; default: void; };
union close_res switch (status s) { case OK: opaque id[16]; case LATER: int delay; default: void; };
union result switch (number n) {
  case ACCESS: access_res opaccess; case CLOSE: close_res opclose; case ILLEGAL: status opillegal;
};
typedef struct { int a; tail next; } *tail;
struct *strings { string item<>; strings next; };
struct compound { result results<>; tail t; };
`;
const USE = `
import { codecs, status, type close_res, type result, type strings, type tail } from './operations.gen.ts';
function close(r: close_res): number {
  if (r.s === status.OK) return r.id.length;
  if (r.s === 10008) return r.delay;
  const left: 1 | 5 = r.s;
  return left;
}
export function use(r: result): number {
  switch (r.n) {
    case 3: return r.opaccess.s === 0 ? r.opaccess.access : r.opaccess.s;
    case 4: return close(r.opclose);
    case 10044: return r.opillegal;
  }
}
export const words: strings = [{ item: 'x' }];
export const t: tail = codecs.compound.decode(new Uint8Array(8)).t;
export const numbers: number[] = t.map((item) => item.a);
`;

describe('idl: TypeScript', () => {
  it('narrows by the discriminant, in the default arm too', () => {
    const { paint, maybe } = shapes.codecs;
    expect(describePaint(paint.decode(paint.encode({ which: 1, red: 4 })))).to.equal('red 4');
    expect(describePaint({ which: 2 })).to.equal('green');
    expect(describePaint({ which: -3, other: 'x' })).to.equal('-3 x');
    expect(wideValue(maybe.decode(maybe.encode({ there: true, value: 5n })))).to.equal(5n);
    // @ts-expect-error: an arm's key is required
    expect(() => paint.encode({ which: 1 })).to.throw();
    // @ts-expect-error: 7 is no color
    expect(() => paint.encode({ which: 7, other: 'x' })).to.throw();
  });

  it('gives lists, optionals, enums and odd names their types', () => {
    const item: shapes.nodeItem = { value: 1, coat: { which: 2 } };
    const holder: shapes.holder = {
      nodes: [item],
      twice: { value: null },
      key: new Uint8Array(4),
      colors: [shapes.color.CRIMSON],
    };
    const odd: shapes.class_ = { ['__proto__']: 3, function: holder };
    const { class: codec } = shapes.codecs;
    expect(codec.decode(codec.encode(odd))).to.deep.equal(odd);
    expect(shapes.color[1]).to.equal('RED');
    expect(shapes.color[-3]).to.equal('BLUE');
    expect(Object.isFrozen(shapes.color)).to.equal(true);
    expect(shapes.SHAPE_LIMIT).to.equal(9);
    expect([...shapes.types.keys()]).to.deep.equal(['color', 'paint', 'maybe', 'node', 'holder', 'class']);
    expect(shapes.programs).to.deep.equal([]);
  });

  it('has shapes.gen.ts as it would be written today', () => {
    const text = emitTypeScript(
      { ...load('shapes.x'), file: 'shapes.x' },
      { codecImport: '../../../../codec/xdr/index.ts', programImport: '../../../../codec/rpc/program.ts' },
    );
    const file = join(FIXTURES, 'shapes.gen.ts');
    if (process.env.UPDATE_FIXTURES === '1') writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).to.equal(text);
  });

  describe('of exotic.x', () => {
    let folder: string;
    const module = load('exotic.x');

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'oncilla-emit-'));
      writeFileSync(join(folder, 'exotic.gen.ts'), emitTypeScript(module, RELATIVE));
      writeFileSync(join(folder, 'operations.gen.ts'), emitTypeScript(parse(OPERATIONS), RELATIVE));
      writeFileSync(join(folder, 'use.ts'), USE);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it('passes a strict compiler', () => {
      const files = readdirSync(folder).filter((f) => f.endsWith('.ts'));
      expect(typecheck(folder, files)).to.equal('');
    }).timeout(60_000);

    it('describes and encodes as the parsed module does', async () => {
      const generated = (await import(join(folder, 'exotic.gen.ts'))) as typeof shapes & {
        codecs: Record<string, { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown }>;
      };
      expect([...generated.types].map(([name, type]) => [name, shape(type)])).to.deep.equal(
        [...module.types].map(([name, type]) => [name, shape(type)]),
      );
      expect(JSON.parse(JSON.stringify(generated.programs, withoutTargets))).to.deep.equal(
        JSON.parse(JSON.stringify(module.programs, withoutTargets)),
      );
      const rng = rngOf(7);
      for (const [name, type] of module.types) {
        if (name === 'nothing') continue;
        for (let i = 0; i < 5; i++) {
          const value = randomValue(type, rng);
          const bytes = generated.codecs[name]!.encode(value);
          expect(bytes, name).to.deep.equal(codecOf(type, { codegen: false }).encode(value));
          expect(generated.codecs[name]!.encode(generated.codecs[name]!.decode(bytes)), name).to.deep.equal(
            bytes,
          );
        }
      }
    }).timeout(60_000);
  });

  it('lets no text of the source out of its quotes', () => {
    const module = parse('const A = "*/ `$x` \\" \\n"; struct s { int a; };');
    const text = emitTypeScript({ ...module, file: 'x\nprocess.exit()\n.x' });
    expect(text).to.contain(`export const A = ${JSON.stringify('*/ `$x` " \n')};`);
    expect(text).not.to.contain('process.exit');
    expect(emitTypeScript(module, { command: 'npm\nprocess.exit()' })).not.to.contain('process.exit');
  });

  it('imports the codec from where it is told, once', () => {
    const text = emitTypeScript(parse('struct s { int a; };'), { codecImport: '#codec' });
    expect(text.match(/from "([^"]*)"/g)).to.deep.equal(['from "#codec"', 'from "#codec"']);
    expect(emitTypeScript(parse(''))).to.contain('from "oncilla/codec"');
  });

  it('is ready for hundreds of types', () => {
    const source = Array.from(
      { length: 400 },
      (_, i) => `struct s${i} { int a; s${(i + 1) % 400} *b; hyper c<4>; }; enum e${i} { E${i} };`,
    ).join('\n');
    const start = performance.now();
    expect(emitTypeScript(parse(source)).length).to.be.greaterThan(100_000);
    expect(performance.now() - start).to.be.lessThan(5000);
  });
});

function withoutTargets(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  const type = value as XdrType | null;
  return typeof type === 'object' && type?.kind === 'ref' ? `ref ${type.name}` : value;
}
