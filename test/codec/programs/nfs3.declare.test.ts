import { declarations } from '../../../codec/programs/nfs3.declare.ts';
import * as module from '../../../codec/programs/nfs3.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number) => procedureOf(module, declarations, 100003, 3, number);

const attributes = `
  00 00 00 02 00 00 01 ed   # type NF3DIR, mode 0755
  00 00 00 02 00 00 03 e8 00 00 00 64   # nlink, uid, gid
  00 00 00 00 00 00 10 00   # size
  00 00 00 00 00 00 20 00   # used
  00 00 00 08 00 00 00 01   # rdev 8, 1
  00 00 00 00 00 00 00 03   # fsid
  ff ff ff ff ff ff ff ff   # fileid
  65 00 00 00 00 00 00 01   # atime
  65 00 00 00 00 00 00 02   # mtime
  65 00 00 00 00 00 00 03   # ctime
`;
const seconds = 0x65000000;
const attributesValue = {
  type: 2,
  mode: 0o755,
  nlink: 2,
  uid: 1000,
  gid: 100,
  size: 4096n,
  used: 8192n,
  rdev: { specdata1: 8, specdata2: 1 },
  fsid: 3n,
  fileid: 0xffffffffffffffffn,
  atime: { seconds, nseconds: 1 },
  mtime: { seconds, nseconds: 2 },
  ctime: { seconds, nseconds: 3 },
};

describe('codec/programs/nfs3', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('reads GETATTR', () => {
    checkMessage(procedure(1), 'arguments', hex('00000005 0102030405000000'), {
      object: { data: hex('0102030405') },
    });
    checkMessage(procedure(1), 'result', hex(`00000000 ${attributes}`), {
      status: 0,
      resok: { obj_attributes: attributesValue },
    });
    checkMessage(procedure(1), 'result', hex('00000046'), { status: 70 });
  });

  it('reads SETATTR', () => {
    const args = hex(`
      00 00 00 01 07 00 00 00               # object
      00 00 00 01 00 00 01 a4               # set mode 0644
      00 00 00 00 00 00 00 00               # uid and gid stay
      00 00 00 01 00 00 00 00 00 00 00 05   # set size 5
      00 00 00 01                           # atime: the server's
      00 00 00 02 65 00 00 00 00 00 00 02   # mtime: the client's
      00 00 00 00                           # no guard
    `);
    checkMessage(procedure(2), 'arguments', args, {
      object: { data: hex('07') },
      new_attributes: {
        mode: { set_it: true, mode: 0o644 },
        uid: { set_it: false },
        gid: { set_it: false },
        size: { set_it: true, size: 5n },
        atime: { set_it: 1 },
        mtime: { set_it: 2, mtime: { seconds, nseconds: 2 } },
      },
      guard: { check: false },
    });
    const failed = hex(`
      00 00 00 0d                           # NFS3ERR_ACCES
      00 00 00 01                           # before:
      00 00 00 00 00 00 00 05               #   size
      65 00 00 00 00 00 00 02               #   mtime
      65 00 00 00 00 00 00 03               #   ctime
      00 00 00 00                           # no attributes after
    `);
    checkMessage(procedure(2), 'result', failed, {
      status: 13,
      resfail: {
        obj_wcc: {
          before: {
            attributes_follow: true,
            attributes: {
              size: 5n,
              mtime: { seconds, nseconds: 2 },
              ctime: { seconds, nseconds: 3 },
            },
          },
          after: { attributes_follow: false },
        },
      },
    });
  });

  it('reads CREATE, exclusive', () => {
    const args = hex(`
      00 00 00 01 07 00 00 00   # dir
      00 00 00 01 66 00 00 00   # name 'f'
      00 00 00 02               # EXCLUSIVE
      01 02 03 04 05 06 07 08   # verf
    `);
    checkMessage(procedure(8), 'arguments', args, {
      where: { dir: { data: hex('07') }, name: 'f' },
      how: { mode: 2, verf: hex('0102030405060708') },
    });
  });

  it('reads MKNOD of a kind that has no data', () => {
    const args = hex('00000001 07000000 00000001 66000000 00000001');
    checkMessage(procedure(11), 'arguments', args, {
      where: { dir: { data: hex('07') }, name: 'f' },
      what: { type: 1 },
    });
  });

  it('reads WRITE', () => {
    const args = hex(`
      00 00 00 01 07 00 00 00   # file
      00 00 00 01 00 00 00 00   # offset 2^32
      00 00 00 03 00 00 00 02   # count, FILE_SYNC
      00 00 00 03 aa bb cc 00   # data
    `);
    checkMessage(procedure(7), 'arguments', args, {
      file: { data: hex('07') },
      offset: 0x100000000n,
      count: 3,
      stable: 2,
      data: hex('aabbcc'),
    });
  });

  it('reads READDIRPLUS', () => {
    const result = hex(`
      00 00 00 00               # NFS3_OK
      00 00 00 00               # no dir_attributes
      00 00 00 00 00 00 00 01   # cookieverf
      00 00 00 01               # an entry
      00 00 00 00 00 00 00 09   #   fileid
      00 00 00 01 2e 00 00 00   #   '.'
      00 00 00 00 00 00 00 02   #   cookie
      00 00 00 01 ${attributes}
      00 00 00 01 00 00 00 01 07 00 00 00   # name_handle
      00 00 00 00               # no more
      00 00 00 01               # eof
    `);
    checkMessage(procedure(17), 'result', result, {
      status: 0,
      resok: {
        dir_attributes: { attributes_follow: false },
        cookieverf: hex('0000000000000001'),
        reply: {
          entries: [
            {
              fileid: 9n,
              name: '.',
              cookie: 2n,
              name_attributes: { attributes_follow: true, attributes: attributesValue },
              name_handle: { handle_follows: true, handle: { data: hex('07') } },
            },
          ],
          eof: true,
        },
      },
    });
  });

  it('reads GETACL of the side protocol', () => {
    const getacl = procedureOf(module, declarations, 100227, 3, 1);
    checkMessage(getacl, 'arguments', hex('00000001 07000000 0000000f'), {
      fh: { data: hex('07') },
      mask: 15,
    });
    const result = hex(`
      00 00 00 00 00 00 00 00               # NFS3_OK, no attributes
      00 00 00 03                           # mask: ACL and its count
      00 00 00 02 00 00 00 02               # two entries
      00 00 00 01 00 00 03 e8 00 00 00 07   #   the owner, 1000: rwx
      00 00 00 20 00 00 00 00 00 00 00 04   #   others: r
      00 00 00 00 00 00 00 00               # no default ACL
    `);
    checkMessage(getacl, 'result', result, {
      status: 0,
      resok: {
        attr: { attributes_follow: false },
        acl: {
          mask: 3,
          aclcnt: 2,
          aclents: [
            { type: 1, id: 1000, perm: 7 },
            { type: 32, id: 0, perm: 4 },
          ],
          dfaclcnt: 0,
          dfaclents: [],
        },
      },
    });
  });
});
