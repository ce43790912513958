import { expect } from 'chai';
import type { Program } from '../../../codec/rpc/program.ts';
import { Programs } from '../../../dissector/tree/programs.ts';
import { Registry } from '../../../dissector/tree/registry.ts';

const program = (name: string, number: number, version = 1): Program => ({
  name,
  number,
  versions: [
    {
      name: `${name}_V`,
      number: version,
      procedures: [
        { name: 'PING', number: 0, args: [], argument: { kind: 'void' }, result: { kind: 'void' } },
      ],
    },
  ],
});

function programs(described: readonly Program[], tshark = false): readonly [Programs, Registry] {
  const registry = new Registry();
  registry.definer('tcp')('tcp', 'TCP', 'protocol');
  return [new Programs(registry, described, tshark), registry];
}

describe('programs', () => {
  it('names known programs as tshark does', () => {
    const [p] = programs([]);
    expect([p.column(100003), p.title(100003), p.filter(100003)]).to.deep.equal([
      'NFS',
      'Network File System',
      'nfs',
    ]);
    expect([p.procedure(100003, 3, 1), p.procedure(100003, 3, 99)]).to.deep.equal(['GETATTR', 'proc-99']);
    expect([p.column(5), p.title(5), p.protocol(5)]).to.deep.equal([undefined, 'RPC program 5', null]);
    expect(p.procedureField(100003, 3)?.name).to.equal('nfs.procedure_v3');
    expect([p.procedureField(100003, 77), p.procedureField(5, 1)]).to.deep.equal([null, null]);
  });

  it('gives a described program a name of its own', () => {
    const [p] = programs([
      program('ECHO_PROG', 7),
      program('TCP_PROG', 8),
      program('NFS_PROGRAM', 9),
      program('ECHO', 10),
    ]);
    expect([7, 8, 9, 10].map((n) => p.filter(n))).to.deep.equal([
      'echo',
      'tcp_prog',
      'nfs_program',
      'program10',
    ]);
    expect([p.column(7), p.procedure(7, 1, 0)]).to.deep.equal(['ECHO_PROG', 'PING']);
  });

  it('joins versions of one program', () => {
    const [p] = programs([program('ECHO_PROG', 7, 1), program('ECHO_PROG', 7, 2)]);
    expect([p.version(7, 1)?.number, p.version(7, 2)?.number, p.version(7, 3)]).to.deep.equal([
      1,
      2,
      undefined,
    ]);
  });

  it('defines fields when asked for a name', () => {
    const [, registry] = programs([program('ECHO_PROG', 7)]);
    expect(registry.has('echo.procedure_v1')).to.equal(true);
    expect(registry.has('echo.procedure_v2')).to.equal(false);
    expect(registry.find('nfs.procedure_v4')?.label).to.equal('V4 Procedure');
    expect(registry.has('nfs')).to.equal(true);
    expect(registry.has('gluster.cli')).to.equal(true);
    expect(registry.has('echo.nothing')).to.equal(false);
  });

  it('leaves described programs without a field where tshark knows none', () => {
    const [p] = programs([program('ECHO_PROG', 7)], true);
    expect(p.procedureField(7, 1)).to.equal(null);
  });
});
