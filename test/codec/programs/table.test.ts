import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { findProgram } from '../../../codec/programs/known-programs.ts';
import { builtinVersions, loadProgram, ProgramTable } from '../../../codec/programs/table.ts';
import { annotateResult } from '../../../codec/rpc/annotate-body.ts';
import { decodeArguments, decodeResult, encodeResult } from '../../../codec/rpc/body.ts';
import type { Program } from '../../../codec/rpc/program.ts';
import { codecOf, isXdrError, xdr } from '../../../codec/xdr/index.ts';
import { randomValue, rngOf } from '../../../codec/xdr/random.ts';

const own: Program = {
  name: 'OWN_PROG',
  number: 100003,
  versions: [
    {
      name: 'OWN_V3',
      number: 3,
      procedures: [
        { name: 'OWN_NULL', number: 0, args: [], argument: xdr.void(), result: xdr.void() },
        { name: 'OWN_', number: 1, args: [], argument: xdr.void(), result: xdr.void() },
        { name: 'constructor', number: 2, args: [], argument: xdr.void(), result: xdr.void() },
      ],
    },
  ],
};

/** VIRT and VIRT_EVENTS: tshark knows no names for them. */
const OURS = [0x20001a65, 0x20001a66];

describe('codec/programs/table', () => {
  it('has what its modules hold, no more and no less', async () => {
    const table = new ProgramTable();
    await table.loadAll();
    const loaded = table.programs().flatMap((p) => p.versions.map((v) => `${p.number} ${v.number}`));
    expect(loaded.sort()).to.deep.equal(
      builtinVersions()
        .map(([p, v]) => `${p} ${v}`)
        .sort(),
    );
    for (const [program, version] of builtinVersions()) {
      if (!OURS.includes(program)) expect(findProgram(program)?.versions).to.include(version);
      expect(table.procedure(program, version, 0)?.procedure.argument.kind).to.equal('void');
    }
  });

  it('loads one version by itself', async () => {
    const program = await loadProgram(100005, 3);
    expect(program?.versions.map((v) => v.number)).to.deep.equal([3]);
    expect((await loadProgram(200048, 1))?.name).to.equal('SM_CALLBACK_PROG');
    expect((await loadProgram(100003, 4))?.versions.map((v) => v.number)).to.deep.equal([4]);
    expect(await loadProgram(100003, 5)).to.equal(null);
    expect(await loadProgram(1, 1)).to.equal(null);
  });

  it('knows nothing before it is loaded, and answers at once after', async () => {
    const table = new ProgramTable();
    expect(table.version(100003, 3)).to.equal(undefined);
    expect(await table.load(100003, 3)).to.equal(true);
    expect(await table.load(100003, 3)).to.equal(true);
    expect(await table.load(100003, 9)).to.equal(false);
    expect(table.version(100003, 3)?.name).to.equal('NFS_V3');
    expect(table.version(100003, 2)).to.equal(undefined);
    expect(table.procedureName(100003, 3, 17)).to.equal('READDIRPLUS');
    expect(table.procedureName(100003, 3, 99)).to.equal(undefined);
    expect(table.declarations(100003, 3)?.prefixes).to.include('NFSPROC3_');
  });

  it('loads by themselves the programs whose messages are lists of operations', async () => {
    const table = new ProgramTable();
    await table.loadCompounds();
    expect(table.programs().map((p) => [p.number, p.versions.map((v) => v.number)])).to.deep.equal([
      [100003, [4]],
      [0x40000000, [1]],
    ]);
    await table.loadAll();
    for (const [program, version] of builtinVersions()) {
      for (const { number, name } of table.version(program, version)?.procedures ?? []) {
        const compound = table.procedure(program, version, number)?.declared.compound !== undefined;
        expect(compound, name).to.equal(/COMPOUND$/.test(name));
      }
    }
  });

  it('loads all versions of the programs named', async () => {
    const table = new ProgramTable();
    await table.loadAll([100000]);
    expect(table.programs().map((p) => [p.number, p.versions.map((v) => v.number)])).to.deep.equal([
      [100000, [2, 3, 4]],
    ]);
  });

  it("lets a user's program stand before one built in, whichever came first", async () => {
    for (const first of ['add', 'load']) {
      const table = new ProgramTable();
      if (first === 'add') table.add(own, { prefixes: ['OWN_'] });
      await table.loadAll([100003]);
      if (first === 'load') table.add(own, { prefixes: ['OWN_'] });
      expect(table.version(100003, 3)?.name, first).to.equal('OWN_V3');
      expect(table.version(100003, 2)?.name).to.equal('NFS_VERSION');
      expect(table.procedureName(100003, 3, 0)).to.equal('NULL');
      expect(table.procedureName(100003, 3, 1)).to.equal('OWN_');
      expect(table.programs()[0]?.versions.map((v) => v.number)).to.deep.equal([2, 3, 4]);
    }
  });

  it('declares nothing where nothing is declared, whatever the name', () => {
    const table = new ProgramTable();
    table.add(own, { prefixes: [], procedures: {} });
    expect(table.procedure(100003, 3, 2)?.declared).to.deep.equal({});
    expect(table.procedureName(100003, 3, 0)).to.equal('OWN_NULL');
  });

  it('gives back any arguments and results of any procedure, and survives damage to them', async () => {
    const table = new ProgramTable();
    await table.loadAll();
    const lookup = table.procedure.bind(table);
    for (const [program, version] of builtinVersions()) {
      for (const { number, name } of table.version(program, version)?.procedures ?? []) {
        const declared = table.procedure(program, version, number);
        if (declared === undefined) throw new Error(`no ${name}`);
        const { argument, result } = declared.procedure;
        for (let seed = 1; seed <= 5; seed++) {
          const rng = rngOf(seed);
          const args = codecOf(argument).encode(randomValue(argument, rng));
          const { value } = decodeArguments(declared, args, 0, args.length, { lookup });
          expect(codecOf(argument).encode(value), name).to.deep.equal(args);
          const last = declared.declared.repeats === undefined ? randomValue(result, rng) : [{ more: false }];
          const results = encodeResult(declared, last);
          const { value: back } = decodeResult(declared, results, 0, results.length);
          expect(encodeResult(declared, back), name).to.deep.equal(results);
          results[rng() % results.length] = rng() & 255;
          expect(annotateResult(declared, results, 0, results.length).off).to.equal(0);
          try {
            decodeResult(declared, results, 0, results.length);
          } catch (e) {
            if (!isXdrError(e)) throw e;
          }
        }
      }
    }
  });

  it('has .x files that C takes too (needs rpcgen)', function () {
    if (spawnSync('rpcgen', ['--version']).error !== undefined) this.skip();
    const folder = new URL('../../../codec/programs/', import.meta.url);
    const files = readdirSync(folder).filter((f) => f.endsWith('.x'));
    expect(files).to.have.length(14);
    for (const file of files) {
      const header = execFileSync('rpcgen', ['-h', file], { cwd: folder, encoding: 'utf8' });
      expect(header, file).to.match(/#define\s+\w*NULL\s+0/);
    }
  });
});
