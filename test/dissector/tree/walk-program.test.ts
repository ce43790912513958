import { expect } from 'chai';
import { ProgramTable } from '../../../codec/programs/index.ts';
import type { Program } from '../../../codec/rpc/program.ts';
import type { XdrType } from '../../../codec/xdr/index.ts';
import { u32, udpPacket } from '../network/build.ts';
import { below, explain, fields } from './explain.ts';
import { accepted, call } from './messages.ts';

const send = (message: Uint8Array) => udpPacket('10.0.0.1', 800, '10.0.0.2', 2049, message);
const answer = (message: Uint8Array) => udpPacket('10.0.0.2', 2049, '10.0.0.1', 800, message);

const int: XdrType = { kind: 'integer', bits: 32, signed: true };
const text: XdrType = { kind: 'string', size: undefined };
const color: XdrType = {
  kind: 'enum',
  members: [
    ['RED', 0],
    ['BLUE', 4],
  ],
};
/** struct tree { int key; tree *left; tree *right; } */
const tree: XdrType = {
  kind: 'struct',
  name: 'tree',
  get fields() {
    return [
      { name: 'key', type: int },
      { name: 'left', type: { kind: 'optional', element: tree } as XdrType },
      { name: 'right', type: { kind: 'optional', element: tree } as XdrType },
    ];
  },
};
const shape: XdrType = {
  kind: 'union',
  name: 'shape',
  discriminant: { name: 'color', type: color },
  arms: [{ cases: [4], name: 'sides', type: { kind: 'array', fixed: false, size: undefined, element: int } }],
  default: { name: 'label', type: text },
};
const procedure = (number: number, name: string, argument: XdrType, result: XdrType) => ({
  number,
  name,
  args: [argument],
  argument,
  result,
});
const PROGRAM: Program = {
  name: 'ZOO_PROG',
  number: 0x20005555,
  versions: [
    {
      name: 'ZOO_V1',
      number: 1,
      procedures: [procedure(1, 'COUNT', int, text), procedure(2, 'WALK', tree, shape)],
    },
  ],
};
const zoo = { program: PROGRAM.number, version: 1 };
const options = { programs: [PROGRAM] };

describe('walk program', () => {
  it('names a plain argument and a plain result', () => {
    const packets = [
      send(call({ ...zoo, procedure: 1, body: u32(5) })),
      answer(accepted(1, 0, Buffer.concat([u32(2), Buffer.from('hi\0\0')]))),
    ];
    expect(fields(packets, ['zoo.arg1', 'zoo.result', 'zoo.procedure_v1'], options)).to.deep.equal([
      '5\t\t1',
      '\thi\t1',
    ]);
    expect(explain(packets, options).map((f) => [f.summary.protocol, f.summary.info])).to.deep.equal([
      ['ZOO_PROG', 'V1 COUNT Call'],
      ['ZOO_PROG', 'V1 COUNT Reply (Call In 1)'],
    ]);
  });

  it('keeps the names of a type within itself finite', () => {
    // key 1, left { key 2, no left, right { key 3, none, none } }, no right
    const body = u32(1, 1, 2, 0, 1, 3, 0, 0, 0);
    expect(fields([send(call({ ...zoo, procedure: 2, body }))], ['zoo.key'], options)).to.deep.equal([
      '1,2,3',
    ]);
  });

  it("shows a union's discriminant and arm", () => {
    const packets = [
      send(call({ ...zoo, procedure: 2, body: u32(1, 0, 0) })),
      answer(accepted(1, 0, u32(4, 2, 7, 8))),
    ];
    expect(fields(packets, ['zoo.color', 'zoo.sides', 'zoo.label'], options)[1]).to.equal('4\t7,8\t');
    expect(below(explain(packets, options)[1], 'ZOO_PROG')).to.deep.equal([
      '    [Program Version: 1]',
      '    [V1 Procedure: WALK (2)]',
      '    color: BLUE (4)',
      '    sides: 2 elements',
      '        sides: 7',
      '        sides: 8',
    ]);
  });

  it('shows what was decoded before an error, and the error', () => {
    const [frame] = explain([send(call({ ...zoo, procedure: 2, body: u32(1, 1, 2) }))], options);
    expect(below(frame, 'ZOO_PROG').slice(2, 5)).to.deep.equal(['    key: 1', '    left', '        key: 2']);
    const malformed = below(frame, '[Malformed Packet: RPC]');
    expect(malformed[0]).to.match(
      /^ {4}\[Expert Info \(Error\/Malformed\): TRUNCATED at message offset \d+, path "left\.left": /,
    );
    expect(frame?.summary.info).to.match(/ Call\[Malformed Packet\]$/);
  });

  it('shows an absent optional as text, and has no field for it', () => {
    const packet = send(call({ ...zoo, procedure: 2, body: u32(1, 0, 1, 2, 0, 0) }));
    expect(below(explain([packet], options)[0], 'ZOO_PROG').slice(2)).to.deep.equal([
      '    key: 1',
      '    left: absent',
      '    right',
      '        key: 2',
      '        left: absent',
      '        right: absent',
    ]);
    // -e of what has parts says that it is there
    expect(fields([packet], ['zoo.left', 'zoo.right'], options)).to.deep.equal(['\t1']);
  });

  it('shows bytes behind the value as data', () => {
    const packet = send(call({ ...zoo, procedure: 1, body: u32(5, 6) }));
    expect(fields([packet], ['zoo.arg1', 'data.data'], options)).to.deep.equal(['5\t00000006']);
  });

  it('knows the built-in programs, and the names their fields have in tshark', async () => {
    const table = new ProgramTable();
    await table.load(100003, 3);
    const handle = Buffer.concat([u32(4), Buffer.from('cafebabe', 'hex')]);
    const packet = send(
      call({ procedure: 3, body: Buffer.concat([handle, u32(1), Buffer.from('x\0\0\0')]) }),
    );
    const names = ['nfs.what.dir.data', 'nfs.fhandle', 'nfs.what.name', 'nfs.name'];
    const found = fields([packet], names, { programs: table.programs(), declared: table });
    expect(found).to.deep.equal(['cafebabe\tcafebabe\tx\tx']);
  });
});
