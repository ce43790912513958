import { declarations } from '../../../codec/programs/nlm4.declare.ts';
import * as module from '../../../codec/programs/nlm4.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number) => procedureOf(module, declarations, 100021, 4, number);

describe('codec/programs/nlm4', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('reads UNLOCK with 64-bit offsets', () => {
    const args = hex(`
      00 00 00 01 c0 00 00 00   # cookie
      00 00 00 01 68 00 00 00   # caller_name 'h'
      00 00 00 02 f0 f1 00 00   # fh
      00 00 00 01 0e 00 00 00   # oh
      00 00 00 2a               # svid
      00 00 00 01 00 00 00 00   # l_offset 2^32
      ff ff ff ff ff ff ff ff   # l_len: to the end
    `);
    checkMessage(procedure(4), 'arguments', args, {
      cookie: hex('c0'),
      alock: {
        caller_name: 'h',
        fh: hex('f0f1'),
        oh: hex('0e'),
        svid: 42,
        l_offset: 0x100000000n,
        l_len: 0xffffffffffffffffn,
      },
    });
    checkMessage(procedure(4), 'result', hex('00000000 00000007'), { cookie: hex(''), stat: { stat: 7 } });
  });
});
