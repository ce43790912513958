import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { builtinVersions, loadProgram } from '../../../codec/programs/table.ts';
import { decode, isXdrError, xdr } from '../../../codec/xdr/index.ts';
import {
  hollowElements,
  hollowLevels,
  hollowValue,
  ITEM,
  isHeavy,
  isHollow,
  leastMemory,
  MEMORY_PER_BYTE,
  ownMemory,
  SLOT,
} from '../../../codec/xdr/memory.ts';
import { childrenOf, listIdiom } from '../../../codec/xdr/shape.ts';
import type { XdrType } from '../../../codec/xdr/types.ts';
import type { Measured } from './memory-child.ts';

const none = xdr.struct({});

function chain(levels: number, type: XdrType): XdrType {
  let at = type;
  for (let i = 0; i < levels; i++) at = xdr.struct({ a: at as never });
  return at;
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (!isXdrError(error)) throw error;
    return `${error.code} at ${error.offset}: ${error.path}`;
  }
}

describe('the memory of decoded values', () => {
  it('is at most 64 bytes for each byte of a hostile message, also meanwhile', function () {
    this.timeout(120_000);
    const child = fileURLToPath(new URL('./memory-child.ts', import.meta.url));
    const flags = ['--expose-gc', '--max-semi-space-size=1', '--import', 'tsx'];
    const run = spawnSync(process.execPath, [...flags, child], { encoding: 'utf8' });
    expect(run.status, run.stderr).to.equal(0);
    const measured = JSON.parse(run.stdout) as Measured[];
    expect(measured).to.have.length.above(80);
    const process_ = 8 << 20; // what the process grows by itself: compiled code, the young generation
    const peak = 64 + process_ / (1 << 19);
    for (const { name, held, ...rest } of measured) {
      expect(held, name).to.be.at.most(64);
      if (rest.peak !== undefined) expect(rest.peak, `${name}, at its peak`).to.be.at.most(peak);
    }
    const refused = measured.filter((m) => m.refused === 'LIMIT').map((m) => m.name);
    expect(refused).to.include('structs within 60 structs, generated');
    expect(refused).to.include('90 empty structs beside an int, generated');
    expect(refused).not.to.include('structs within structs, generated');
    expect(refused).not.to.include('7 empty structs beside an int, generated');
  });

  it('is counted where a type has more of it than its bytes pay for', () => {
    expect(isHeavy(xdr.int(), SLOT)).to.equal(false);
    expect(isHeavy(chain(3, xdr.int()), SLOT)).to.equal(false);
    expect(isHeavy(chain(4, xdr.int()), SLOT)).to.equal(true);
    expect(isHeavy(xdr.opaque(1), SLOT)).to.equal(false);
    expect(isHeavy(xdr.union(['k', xdr.int()], [xdr.arm([0], 'a', chain(60, xdr.int()))] as never))).to.equal(
      false, // its arm is a unit of its own
    );
    expect(isHeavy(none)).to.equal(false);
    expect(isHeavy(none, ITEM, 4)).to.equal(false);
    expect(ownMemory(xdr.hyper())).to.be.above(0);
    const loop: XdrType = { kind: 'struct', name: 'loop', fields: [] };
    (loop.fields as unknown[]).push({ name: 'a', type: loop });
    expect(leastMemory(loop)).to.equal(Number.POSITIVE_INFINITY);
    expect(codeOf(() => decode(loop, new Uint8Array(8)))).to.match(/^DEPTH/);
  });

  it('is counted the same whichever type is asked about first', () => {
    const make = (): readonly XdrType[] => {
      const inner: XdrType = xdr.struct({
        n: xdr.int(),
        link: xdr.optional({
          kind: 'ref',
          name: 'outer',
          get target() {
            return outer;
          },
        } as never),
      });
      const outer: XdrType = xdr.struct({ a: inner as never, b: xdr.hyper() });
      return [inner, outer, xdr.optional(outer as never), xdr.varArray(inner as never)];
    };
    const inOrder = make().map(leastMemory);
    expect(make().toReversed().map(leastMemory).toReversed()).to.deep.equal(inOrder);
    expect(inOrder.every(Number.isFinite)).to.equal(true);
  });

  it('ends a message with LIMIT where it is spent, at the element that is too much', () => {
    const type = xdr.varArray(chain(60, xdr.int()) as never);
    const message = (count: number): Uint8Array => {
      const bytes = new Uint8Array(4 + 4 * count);
      new DataView(bytes.buffer).setUint32(0, count);
      return bytes;
    };
    for (const codegen of [true, false]) {
      const text = codeOf(() => decode(type, message(1000), { codegen }));
      const [, offset, index] = /^LIMIT at (\d+): \[(\d+)\](\.a)+$/.exec(text) ?? [];
      expect(Number(offset), text).to.equal(4 + 4 * Number(index));
      expect(Number(index)).to.be.within(30, 100);
      // Few of them are nothing to worry about.
      expect(
        codeOf(() => decode(xdr.array(chain(60, xdr.int()) as never, 5), new Uint8Array(20), { codegen })),
      ).to.equal('accepted');
    }
    expect(MEMORY_PER_BYTE).to.be.at.most(64);
  });

  it('is enough for every built-in program without counting', async () => {
    const seen = new Set<XdrType>();
    const todo: XdrType[] = [];
    for (const [number, version] of builtinVersions()) {
      const program = await loadProgram(number, version);
      const procedures = program?.versions.flatMap((v) => v.procedures) ?? [];
      for (const { argument, result } of procedures) todo.push(argument, result);
    }
    const counted: string[] = [];
    for (let type = todo.pop(); type !== undefined; type = todo.pop()) {
      if (seen.has(type)) continue;
      seen.add(type);
      todo.push(...childrenOf(type));
      const list = listIdiom(type);
      const units: boolean[] = [isHollow(type)];
      if (list !== null) units.push(isHeavy(list.items, ITEM, 4));
      else if (type.kind === 'optional') units.push(isHeavy(type.element));
      else if (type.kind === 'array' && !type.fixed) units.push(isHeavy(type.element, SLOT));
      else if (type.kind === 'union') units.push(...type.arms.map((arm) => isHeavy(arm.type)));
      if (units.includes(true)) counted.push('name' in type ? (type.name ?? type.kind) : type.kind);
    }
    expect(seen.size).to.be.above(500);
    expect(counted).to.deep.equal([]);
  });
});

describe('a type without bytes', () => {
  const laughs = (levels: number): XdrType => {
    let at: XdrType = none;
    for (let i = 0; i < levels; i++) at = xdr.struct({ a: at as never, b: at as never });
    return at;
  };

  it('has one value, which all share', () => {
    const type = laughs(30);
    expect(isHollow(type)).to.equal(true);
    for (const codegen of [true, false]) {
      const value = decode(type, new Uint8Array(0), { codegen }) as { a: unknown; b: unknown };
      expect(value.a).to.equal(value.b);
      expect(value).to.equal(hollowValue(type)).and.to.satisfy(Object.isFrozen);
    }
    expect(hollowValue(xdr.array(none, 2))).to.deep.equal([{}, {}]);
    expect(isHollow(xdr.opaque(0)) || isHollow(none) || isHollow(xdr.array(xdr.int(), 0))).to.equal(false);
  });

  it('keeps the limits of depth and of elements', () => {
    expect(hollowLevels(laughs(5))).to.equal(6);
    expect(hollowElements(xdr.array(xdr.array(none, 3), 4))).to.equal(16);
    for (const codegen of [true, false]) {
      const limits = { depth: 6 };
      expect(codeOf(() => decode(laughs(5), new Uint8Array(0), { codegen, limits }))).to.equal('accepted');
      expect(codeOf(() => decode(laughs(6), new Uint8Array(0), { codegen, limits }))).to.equal(
        'DEPTH at 0: ',
      );
      const many = xdr.array(xdr.array(none, 31), 32);
      const more = xdr.struct({ a: many, x: xdr.int(), b: none, c: xdr.array(none, 1) });
      expect(codeOf(() => decode(many, new Uint8Array(0), { codegen }))).to.equal('accepted');
      expect(codeOf(() => decode(more, new Uint8Array(4), { codegen }))).to.equal('LIMIT at 4: c');
    }
  });
});
