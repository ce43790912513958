import { declarations } from '../../../codec/programs/nsm.declare.ts';
import * as module from '../../../codec/programs/nsm.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number) => procedureOf(module, declarations, 100024, 1, number);

describe('codec/programs/nsm', () => {
  it('declares what exists', () => {
    checkDeclarations(module, declarations, { MON_CALLBACK: 'MON-CALLBACK' });
  });

  it('reads MON', () => {
    const args = hex(`
      00 00 00 01 68 00 00 00               # mon_name 'h'
      00 00 00 01 6d 00 00 00               # my_name 'm'
      00 01 86 b5 00 00 00 03 00 00 00 10   # my_prog 100021, my_vers 3, my_proc 16
      00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f   # priv
    `);
    checkMessage(procedure(2), 'arguments', args, {
      mon_id: { mon_name: 'h', my_id: { my_name: 'm', my_prog: 100021, my_vers: 3, my_proc: 16 } },
      priv: hex('000102030405060708090a0b0c0d0e0f'),
    });
    checkMessage(procedure(2), 'result', hex('00000001 00000007'), { res_stat: 1, state: 7 });
  });

  it('reads NOTIFY and the call that tells of it', () => {
    checkMessage(procedure(6), 'arguments', hex('00000001 68000000 00000008'), { mon_name: 'h', state: 8 });
    const told = procedureOf(module, declarations, 200048, 1, 1);
    const args = hex(`00000001 68000000 00000008 ${'aa'.repeat(16)}`);
    checkMessage(told, 'arguments', args, { mon_name: 'h', state: 8, priv: hex('aa'.repeat(16)) });
  });
});
