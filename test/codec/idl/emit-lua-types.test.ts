import { expect } from 'chai';
import { LuaTypes } from '../../../codec/idl/emit-lua-types.ts';
import { refinementsOf, type StructType, type XdrType } from '../../../codec/xdr/index.ts';
import { parse } from './parse.ts';

/** The lines for one named type of a source; it is number 1. */
function lines(source: string, name: string): string[] {
  const types = new LuaTypes();
  types.number(parse(source).types.get(name)!);
  return types.lines().map((line) => line.replace(/^TYPES\[\d+\] = /, ''));
}

describe('LuaTypes', () => {
  it('describes each kind', () => {
    expect(lines('typedef short a;', 'a')).to.deep.equal([
      '{k="int",f="int16",signed=true,least=-32768,greatest=32767}',
    ]);
    expect(lines('typedef opaque a<9>;', 'a')).to.deep.equal(['{k="bytes",f="bytes",max=9}']);
    expect(lines('typedef opaque a[9];', 'a')).to.deep.equal(['{k="bytes",f="bytes",n=9}']);
    expect(lines('typedef string a<>;', 'a')).to.deep.equal(['{k="bytes",f="string",max=4294967295}']);
    expect(lines('typedef quadruple a;', 'a')).to.deep.equal(['{k="float",f="bytes",n=16}']);
    expect(lines('struct s { int x; hyper y; }; typedef s a<3>;', 'a')).to.deep.equal([
      '{k="array",f="none",e=2,least=12,size=12,max=3}',
      '{k="struct",f="none",{"x",3},{"y",4}}',
      '{k="int",f="int32",signed=true}',
      '{k="hyper",f="int64"}',
    ]);
  });

  it('tells lists, optionals and optionals of optionals apart', () => {
    expect(lines('struct i { int k; i *next; }; typedef i *a;', 'a').slice(0, 2)).to.deep.equal([
      '{k="list",f="none",e=2}',
      '{k="struct",f="none",same=1,{"k",3}}',
    ]);
    expect(lines('typedef int *b; typedef b *a;', 'a').slice(0, 2)).to.deep.equal([
      '{k="optional",f="none",e=2,boxed=true}',
      '{k="optional",f="int32",e=3}',
    ]);
  });

  it('writes cases as Lua of every version can compare them', () => {
    const [wide] = lines('union a switch (hyper w) { case -1: int m; case 1: case 2: void; };', 'a');
    expect(wide).to.contain('cases={["4294967295:4294967295"]=1,["0:1"]=2,["0:2"]=2}');
    const [signed] = lines('union a switch (int w) { case -1: int m; default: void; };', 'a');
    expect(signed).to.match(/cases=\{\[-1\]=1\},arms=\{\{"m",\d\},\{"",\d\}\},default=2\}$/);
  });

  it('numbers a type within itself once, and shares plain types', () => {
    const tree = lines('struct t { t *l; t *r; int a; int b; };', 't');
    expect(tree.filter((line) => line.includes('k="struct"'))).to.have.length(1);
    expect(tree.filter((line) => line.includes('k="int"'))).to.have.length(1);
  });

  it('says what the bytes of an opaque hold', () => {
    const { types: named } = parse(
      'struct s { unsigned m<>; opaque b<>; int k; opaque c<>; }; typedef hyper h;',
    );
    const within = named.get('s') as StructType;
    const type = named.get('h') as XdrType;
    const types = new LuaTypes(
      refinementsOf([
        { within, field: 'b', by: { kind: 'bitmap', on: 'm', fields: new Map([[33, { name: 'x', type }]]) } },
        { within, field: 'c', by: { kind: 'switch', on: 'k', cases: new Map([[7, type]]) } },
      ]),
    );
    types.number(within);
    expect(types.lines()[0]).to.match(
      /held=\{\{field="b",by="bitmap",on="m",cases=\{\[33\]=\{"x",(\d+)\}\}\},\{field="c",by="switch",on="k",cases=\{\[7\]=\1\}\}\}/,
    );
  });

  it('prints a description deeper than the stack', () => {
    let type: XdrType = { kind: 'void' };
    for (let i = 0; i < 20_000; i++) type = { kind: 'array', fixed: false, size: 1, element: type };
    const types = new LuaTypes();
    types.number({ kind: 'struct', fields: [{ name: 'a', type: { kind: 'optional', element: type } }] });
    expect(() => types.lines()).not.to.throw(RangeError);
  });
});
