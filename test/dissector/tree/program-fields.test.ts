import { expect } from 'chai';
import type { XdrType } from '../../../codec/xdr/index.ts';
import { ProgramFields, rootPath } from '../../../dissector/tree/program-fields.ts';
import { Registry } from '../../../dissector/tree/registry.ts';

const int: XdrType = { kind: 'integer', bits: 32, signed: true };
const text: XdrType = { kind: 'string', size: undefined };
const point: XdrType = { kind: 'struct', name: 'point', fields: [{ name: 'x', type: int }] };
/** struct item { int key; item *next; }: a list */
const item: XdrType = {
  kind: 'struct',
  name: 'item',
  get fields() {
    return [
      { name: 'key', type: int },
      { name: 'next', type: { kind: 'optional', element: item } as XdrType },
    ];
  },
};

function namesOf(argument: XdrType, result: XdrType): string[] {
  const registry = new Registry();
  new ProgramFields(registry, 'p').defineAll(
    { name: 'V', number: 1, procedures: [{ name: 'F', number: 1, args: [argument], argument, result }] },
    undefined,
  );
  return registry.all().map((def) => `${def.name} ${def.type}`);
}

describe('program fields', () => {
  it('names every path of a description', () => {
    expect(namesOf(point, text)).to.deep.equal(['p.x int32', 'p.result string']);
    const list: XdrType = { kind: 'optional', element: item };
    expect(namesOf(int, list)).to.deep.equal(['p.arg1 int32', 'p.result none', 'p.result.key int32']);
  });

  it('names no field below the link of a struct that is entered without one', () => {
    const both: XdrType = { kind: 'struct', name: 'both', fields: [{ name: 'late', type: item }] };
    expect(namesOf(both, { kind: 'void' })).to.deep.equal([
      'p.late none',
      'p.late.key int32',
      'p.late.next none',
    ]);
  });

  it('leaves indices out', () => {
    const points: XdrType = { kind: 'array', fixed: false, size: undefined, element: point };
    expect(namesOf(points, { kind: 'void' })).to.deep.equal(['p.arg1 none', 'p.arg1.x int32']);
  });

  it('tells two types of one name apart', () => {
    const registry = new Registry();
    const fields = new ProgramFields(registry, 'p');
    expect([fields.at('a', int).name, fields.at('a', text).name, fields.at('a', int).name]).to.deep.equal([
      'p.a',
      'p.a_string',
      'p.a',
    ]);
  });

  it('finds aliases by type and by field', () => {
    const named: XdrType = { kind: 'ref', name: 'filename3', target: text };
    const fields = new ProgramFields(new Registry(), 'nfs');
    const declarations = {
      prefixes: [],
      aliases: { filename3: 'nfs.name', 'diropargs3.name': 'nfs.entry' },
    };
    const names = (path: string, type: XdrType, owner: string, name: string) =>
      fields.aliases(declarations, path, type, owner, name).map((def) => def.name);
    expect(names('other', named, 'other', 'name')).to.deep.equal(['nfs.name']);
    expect(names('where.name', named, 'diropargs3', 'name')).to.deep.equal(['nfs.entry']);
    expect(names('where.name', text, 'diropargs3', 'name')).to.deep.equal(['nfs.entry']);
    expect(names('name', text, '', 'name')).to.deep.equal([]);
    expect(names('x', { ...named, name: 'toString' }, '', '')).to.deep.equal([]);
    expect(fields.aliases(undefined, 'where.name', named, '', '')).to.deep.equal([]);
    expect(rootPath(named, 'result')).to.equal('result');
  });

  it('gives what an optional optional holds a name of its own', () => {
    const twice: XdrType = { kind: 'optional', element: { kind: 'optional', element: point } };
    const fields = new ProgramFields(new Registry(), 'p');
    const all = [...(fields.all(twice, 'result', undefined) ?? [])].map((def) => def.name);
    expect(all).to.deep.equal(['p.result', 'p.result.value', 'p.result.value.x']);
  });

  it('tells every field that a type can bring', () => {
    const fields = new ProgramFields(new Registry(), 'p');
    const declarations = { prefixes: [], aliases: { 'point.x': 'p.across' } };
    const all = [...(fields.all(point, 'arg1', declarations) ?? [])].map((def) => def.name);
    expect(all).to.include.members(['p.x', 'p.across']);
    expect(all).not.to.include('p.arg1');
  });
});
