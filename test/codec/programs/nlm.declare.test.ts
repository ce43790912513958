import { declarations } from '../../../codec/programs/nlm.declare.ts';
import * as module from '../../../codec/programs/nlm.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number, version = 1) => procedureOf(module, declarations, 100021, version, number);

describe('codec/programs/nlm', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('reads LOCK', () => {
    const args = hex(`
      00 00 00 01 c0 00 00 00   # cookie
      00 00 00 01 00 00 00 01   # block, exclusive
      00 00 00 01 68 00 00 00   # caller_name 'h'
      00 00 00 02 f0 f1 00 00   # fh
      00 00 00 01 0e 00 00 00   # oh
      00 00 00 2a               # svid
      00 00 00 0a ff ff ff ff   # l_offset, l_len
      00 00 00 00 00 00 00 03   # reclaim, state
    `);
    checkMessage(procedure(2), 'arguments', args, {
      cookie: hex('c0'),
      block: true,
      exclusive: true,
      alock: { caller_name: 'h', fh: hex('f0f1'), oh: hex('0e'), svid: 42, l_offset: 10, l_len: 0xffffffff },
      reclaim: false,
      state: 3,
    });
    checkMessage(procedure(2), 'result', hex('00000001 c0000000 00000003'), {
      cookie: hex('c0'),
      stat: { stat: 3 },
    });
  });

  it('reads TEST, denied and granted', () => {
    const denied = hex(`
      00 00 00 00               # cookie
      00 00 00 01               # nlm_denied
      00 00 00 01 00 00 00 2a   # exclusive, svid
      00 00 00 01 0e 00 00 00   # oh
      00 00 00 00 00 00 00 05   # l_offset, l_len
    `);
    checkMessage(procedure(1), 'result', denied, {
      cookie: hex(''),
      test_stat: { stat: 1, holder: { exclusive: true, svid: 42, oh: hex('0e'), l_offset: 0, l_len: 5 } },
    });
    checkMessage(procedure(1), 'result', hex('00000000 00000000'), {
      cookie: hex(''),
      test_stat: { stat: 0 },
    });
  });

  it('reads SHARE of version 3', () => {
    const args = hex(`
      00 00 00 00                           # cookie
      00 00 00 01 68 00 00 00               # caller_name
      00 00 00 00 00 00 00 00               # fh, oh
      00 00 00 02 00 00 00 01               # deny write, read
      00 00 00 00                           # reclaim
    `);
    checkMessage(procedure(20, 3), 'arguments', args, {
      cookie: hex(''),
      share: { caller_name: 'h', fh: hex(''), oh: hex(''), mode: 2, access: 1 },
      reclaim: false,
    });
  });
});
