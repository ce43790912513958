import { declarations } from '../../../codec/programs/nfs2.declare.ts';
import * as module from '../../../codec/programs/nfs2.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number) => procedureOf(module, declarations, 100003, 2, number);
const handle = 'ab'.repeat(32);

describe('codec/programs/nfs2', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('reads LOOKUP', () => {
    checkMessage(procedure(4), 'arguments', hex(`${handle} 00000002 68690000`), {
      dir: hex(handle),
      name: 'hi',
    });
    const result = hex(`
      00 00 00 00               # NFS_OK
      ${handle}
      00 00 00 01 00 00 81 a4   # type NFREG, mode 0100644
      00 00 00 01 00 00 03 e8 00 00 00 64   # nlink, uid, gid
      00 00 00 05 00 00 10 00   # size, blocksize
      00 00 00 00 00 00 00 08   # rdev, blocks
      00 00 00 02 00 00 00 09   # fsid, fileid
      65 00 00 00 00 00 00 01   # atime
      65 00 00 00 00 00 00 02   # mtime
      65 00 00 00 00 00 00 03   # ctime
    `);
    const seconds = 0x65000000;
    checkMessage(procedure(4), 'result', result, {
      status: 0,
      diropok: {
        file: hex(handle),
        attributes: {
          type: 1,
          mode: 0o100644,
          nlink: 1,
          uid: 1000,
          gid: 100,
          size: 5,
          blocksize: 4096,
          rdev: 0,
          blocks: 8,
          fsid: 2,
          fileid: 9,
          atime: { seconds, useconds: 1 },
          mtime: { seconds, useconds: 2 },
          ctime: { seconds, useconds: 3 },
        },
      },
    });
    checkMessage(procedure(4), 'result', hex('00000002'), { status: 2 });
  });

  it('reads READDIR', () => {
    const result = hex(`
      00 00 00 00               # NFS_OK
      00 00 00 01               # an entry
      00 00 00 09 00 00 00 01 2e 00 00 00   #   fileid 9, '.'
      00 00 00 01               #   cookie
      00 00 00 00               # no more
      00 00 00 01               # eof
    `);
    checkMessage(procedure(16), 'result', result, {
      status: 0,
      readdirok: { entries: [{ fileid: 9, name: '.', cookie: hex('00000001') }], eof: true },
    });
  });

  it('reads STATFS', () => {
    checkMessage(procedure(17), 'result', hex('00000000 00002000 00001000 00000003 00000002 00000001'), {
      status: 0,
      info: { tsize: 8192, bsize: 4096, blocks: 3, bfree: 2, bavail: 1 },
    });
  });
});
