import { declarations } from '../../../codec/programs/mount1.declare.ts';
import * as module from '../../../codec/programs/mount1.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number, version = 1) => procedureOf(module, declarations, 100005, version, number);

describe('codec/programs/mount1', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('reads MNT', () => {
    checkMessage(procedure(1), 'arguments', hex('00000004 2f737276'), '/srv');
    checkMessage(procedure(1), 'result', hex(`00000000 ${'ab'.repeat(32)}`), {
      status: 0,
      directory: hex('ab'.repeat(32)),
    });
    checkMessage(procedure(1), 'result', hex('0000000d'), { status: 13 });
  });

  it('reads DUMP and EXPORT', () => {
    const dump = hex(`
      00 00 00 01               # an entry
      00 00 00 01 68 00 00 00   #   hostname 'h'
      00 00 00 01 2f 00 00 00   #   directory '/'
      00 00 00 00               # no more
    `);
    checkMessage(procedure(2), 'result', dump, [{ hostname: 'h', directory: '/' }]);
    const exports = hex(`
      00 00 00 01               # a directory
      00 00 00 01 2f 00 00 00   #   '/'
      00 00 00 01               #   a group
      00 00 00 02 67 31 00 00   #     'g1'
      00 00 00 00               #   no more groups
      00 00 00 00               # no more directories
    `);
    checkMessage(procedure(5), 'result', exports, [{ filesys: '/', groups: [{ grname: 'g1' }] }]);
  });

  it('reads PATHCONF of version 2', () => {
    const result = hex(`
      00 00 7f ff               # pc_link_max
      00 00 00 ff 00 00 00 ff   # pc_max_canon, pc_max_input
      00 00 00 ff 00 00 04 00   # pc_name_max, pc_path_max
      00 00 10 00               # pc_pipe_buf
      00 00 00 80 00 00 00 00   # pc_vdisable, pc_xxx
      00 00 00 01 ff ff ff ff   # pc_mask: 1, -1
    `);
    checkMessage(procedure(7, 2), 'result', result, {
      pc_link_max: 32767,
      pc_max_canon: 255,
      pc_max_input: 255,
      pc_name_max: 255,
      pc_path_max: 1024,
      pc_pipe_buf: 4096,
      pc_vdisable: 128,
      pc_xxx: 0,
      pc_mask: [1, -1],
    });
  });
});
