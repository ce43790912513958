import { declarations } from '../../../codec/programs/ypserv.declare.ts';
import * as module from '../../../codec/programs/ypserv.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number) => procedureOf(module, declarations, 100004, 2, number);

describe('codec/programs/ypserv', () => {
  it('declares what exists', () => checkDeclarations(module, declarations, { NULL: undefined }));

  it('reads MATCH', () => {
    const args = hex(`
      00 00 00 01 64 00 00 00   # domain 'd'
      00 00 00 01 6d 00 00 00   # map 'm'
      00 00 00 02 6b 31 00 00   # key 'k1'
    `);
    checkMessage(procedure(3), 'arguments', args, { domain: 'd', map: 'm', key: hex('6b31') });
    checkMessage(procedure(3), 'result', hex('fffffffd 00000000'), { stat: -3, val: hex('') });
  });

  it('reads ALL: keys and values until there are no more', () => {
    const result = hex(`
      00 00 00 01               # more
      00 00 00 01               #   YP_TRUE
      00 00 00 02 76 31 00 00   #   value 'v1'
      00 00 00 02 6b 31 00 00   #   key 'k1'
      00 00 00 01               # more
      00 00 00 02               #   YP_NOMORE
      00 00 00 00 00 00 00 00   #   nothing
      00 00 00 00               # no more
    `);
    checkMessage(procedure(8), 'result', result, [
      { more: true, val: { stat: 1, val: hex('7631'), key: hex('6b31') } },
      { more: true, val: { stat: 2, val: hex(''), key: hex('') } },
      { more: false },
    ]);
  });

  it('reads MAPLIST', () => {
    checkMessage(procedure(11), 'result', hex('00000001 00000001 00000001 6d000000 00000000'), {
      stat: 1,
      maps: [{ map: 'm' }],
    });
  });
});
