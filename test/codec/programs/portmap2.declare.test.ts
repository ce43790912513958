import { expect } from 'chai';
import { declarations } from '../../../codec/programs/portmap2.declare.ts';
import * as module from '../../../codec/programs/portmap2.gen.ts';
import { decodeArguments } from '../../../codec/rpc/body.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number) => procedureOf(module, declarations, 100000, 2, number);

describe('codec/programs/portmap2', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('reads GETPORT', () => {
    const args = hex(`
      00 01 86 a3   # prog 100003
      00 00 00 03   # vers 3
      00 00 00 06   # prot TCP
      00 00 00 00   # port, not used
    `);
    checkMessage(procedure(3), 'arguments', args, { prog: 100003, vers: 3, prot: 6, port: 0 });
    checkMessage(procedure(3), 'result', hex('00000801'), 2049);
  });

  it('reads DUMP', () => {
    const result = hex(`
      00 00 00 01                                       # an entry follows
      00 01 86 a0 00 00 00 02 00 00 00 06 00 00 00 6f   #   100000, 2, TCP, 111
      00 00 00 01                                       # another
      00 01 86 a3 00 00 00 03 00 00 00 11 00 00 08 01   #   100003, 3, UDP, 2049
      00 00 00 00                                       # no more
    `);
    checkMessage(procedure(4), 'result', result, [
      { map: { prog: 100000, vers: 2, prot: 6, port: 111 } },
      { map: { prog: 100003, vers: 3, prot: 17, port: 2049 } },
    ]);
    checkMessage(procedure(4), 'result', hex('00000000'), []);
  });

  it('reads CALLIT, and the call within', () => {
    const args = hex(`
      00 01 86 a0 00 00 00 02 00 00 00 03               # GETPORT of the port mapper itself
      00 00 00 10                                       # 16 bytes of arguments
      00 01 86 a3 00 00 00 03 00 00 00 11 00 00 00 00
    `);
    checkMessage(procedure(5), 'arguments', args, {
      prog: 100000,
      vers: 2,
      proc: 3,
      args: args.slice(16),
    });
    const lookup = (_p: number, _v: number, n: number) => procedure(n);
    expect(decodeArguments(procedure(5), args, 0, args.length, { lookup }).inner?.body?.value).to.deep.equal({
      prog: 100003,
      vers: 3,
      prot: 17,
      port: 0,
    });
    const result = hex('00000801 00000004 00000000');
    checkMessage(procedure(5), 'result', result, { port: 2049, res: hex('00000000') });
  });
});
