import { expect } from 'chai';
import { declarations } from '../../codec/programs/ypserv.declare.ts';
import { programs } from '../../codec/programs/ypserv.gen.ts';
import { Writer } from '../../codec/xdr/index.ts';
import { AccessLevel, ServiceTable } from '../../transport/peer-services.ts';
import { TOY, toyService } from './fixture.ts';

describe('transport: served programs', () => {
  it('are found by numbers, with the range of their versions', () => {
    const table = new ServiceTable();
    table.add(toyService());
    const program = table.programs.get(TOY.number);
    expect([program?.low, program?.high]).to.deep.equal([2, 4]);
    expect([...(program?.versions.keys() ?? [])]).to.deep.equal([2, 4]);
    const version2 = program?.versions.get(2);
    expect([...(version2?.keys() ?? [])]).to.deep.equal([0, 1, 2, 4]);
    expect(table.procedures.map((entry) => entry.index)).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });

  it('always have NULL, described or not', () => {
    const table = new ServiceTable();
    table.add(toyService());
    const version4 = table.programs.get(TOY.number)?.versions.get(4);
    expect(version4?.get(0)?.procedure.name).to.equal('NULL');
    expect(version4?.get(0)?.level).to.equal(AccessLevel['before-open']);
  });

  it('are refused to everybody where the table says nothing', () => {
    const table = new ServiceTable();
    table.add(toyService({ TOY_MISSING: () => 1, TOY_SLOW: () => '' }));
    const levels = new Map(table.procedures.map((entry) => [entry.procedure.name, entry.level]));
    expect(Object.fromEntries(levels)).to.deep.equal({
      TOY_NULL: AccessLevel['before-open'],
      TOY_ADD: AccessLevel.ro,
      TOY_ECHO: AccessLevel.ro,
      TOY_SLOW: AccessLevel['before-open'],
      TOY_BLOB: AccessLevel.rw,
      TOY_MISSING: AccessLevel.nobody,
      NULL: AccessLevel['before-open'],
    });
    const without = new ServiceTable();
    const { program, handler } = toyService();
    without.add({ program, handler });
    const denied = without.procedures.filter((entry) => entry.level === AccessLevel.nobody);
    expect(denied.map((entry) => entry.procedure.number)).to.deep.equal([1, 2, 4, 1]);
  });

  it('can be some versions only, and none twice', () => {
    const table = new ServiceTable();
    table.add({ ...toyService(), versions: [4] });
    table.add({ ...toyService(), versions: [2] });
    expect([table.programs.get(TOY.number)?.low, table.programs.get(TOY.number)?.high]).to.deep.equal([2, 4]);
    expect(() => table.add(toyService())).to.throw(TypeError, 'TOY 2 is served already');
    expect(() => table.add({ ...toyService(), versions: [3] })).to.throw(TypeError, 'no version 3');
  });

  it('read arguments strictly, or leniently and say so', () => {
    const bytes = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 9, 9);
    const strict = new ServiceTable();
    strict.add(toyService());
    const add = strict.procedures[1];
    expect(add?.decode(bytes.subarray(0, 8), 0, false)).to.deep.equal({ a: 1, b: 2 });
    expect(() => add?.decode(bytes, 0, false))
      .to.throw()
      .with.property('code', 'TRAILING');
    const notes: string[] = [];
    const lenient = new ServiceTable({ lenient: true, onNote: ({ code }) => notes.push(code) });
    lenient.add(toyService());
    expect(lenient.procedures[1]?.decode(bytes, 0, false)).to.deep.equal({ a: 1, b: 2 });
    expect(notes).to.deep.equal(['TRAILING']);
  });

  it('hold arguments without a limit of their own to the server limits, or to others', () => {
    const blob = (length: number): Uint8Array => {
      const bytes = new Uint8Array(4 + length);
      new DataView(bytes.buffer).setUint32(0, length);
      return bytes;
    };
    const decode = (table: ServiceTable, length: number): unknown => {
      table.add(toyService());
      return table.procedures
        .find((entry) => entry.procedure.name === 'TOY_BLOB')
        ?.decode(blob(length), 0, false);
    };
    expect(decode(new ServiceTable(), 1 << 20)).to.have.length(1 << 20);
    expect(() => decode(new ServiceTable(), (1 << 20) + 4))
      .to.throw()
      .with.property('code', 'LIMIT');
    expect(decode(new ServiceTable({ limits: { opaque: 8 } }), 8)).to.have.length(8);
    expect(() => decode(new ServiceTable({ limits: { opaque: 8 } }), 12))
      .to.throw()
      .with.property('code', 'LIMIT');
  });

  it('write results that repeat one behind the other', () => {
    const table = new ServiceTable();
    const [program] = programs;
    if (program === undefined) throw new Error('ypserv.x describes no program');
    table.add({ program, declarations, handler: () => () => [] });
    const all = table.procedures.find((entry) => entry.procedure.name === 'YPPROC_ALL');
    expect(all?.repeats).to.equal(true);
    const writer = new Writer();
    const more = { more: true, val: { stat: 1, val: Uint8Array.of(65), key: Uint8Array.of(66) } };
    all?.encode(writer, [more, { more: false }]);
    expect(writer.take()).to.have.length(4 + 4 + 8 + 8 + 4);
    expect(() => all?.encode(new Writer(), [more]))
      .to.throw()
      .with.property('code', 'BAD_VALUE');
  });
});
