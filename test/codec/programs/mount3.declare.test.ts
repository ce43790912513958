import { declarations } from '../../../codec/programs/mount3.declare.ts';
import * as module from '../../../codec/programs/mount3.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number) => procedureOf(module, declarations, 100005, 3, number);

describe('codec/programs/mount3', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('reads MNT', () => {
    const result = hex(`
      00 00 00 00               # MNT3_OK
      00 00 00 05 01 02 03 04 05 00 00 00   # fhandle
      00 00 00 02               # two flavors
      00 00 00 01 00 05 f3 93   #   AUTH_SYS, krb5
    `);
    checkMessage(procedure(1), 'result', result, {
      fhs_status: 0,
      mountinfo: { fhandle: hex('0102030405'), auth_flavors: [1, 390035] },
    });
    checkMessage(procedure(1), 'result', hex('00002714'), { fhs_status: 10004 });
  });

  it('reads EXPORT', () => {
    const result = hex(`
      00 00 00 01               # a directory
      00 00 00 01 2f 00 00 00   #   '/'
      00 00 00 00               #   for all
      00 00 00 00               # no more
    `);
    checkMessage(procedure(5), 'result', result, [{ ex_dir: '/', ex_groups: [] }]);
  });
});
