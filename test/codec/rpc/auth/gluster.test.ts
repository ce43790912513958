import { expect } from 'chai';
import {
  glusterCredential1,
  glusterCredential2,
  glusterCredential3,
} from '../../../../codec/rpc/auth/gluster.ts';
import { decode, encode } from '../../../../codec/xdr/index.ts';
import { hex } from '../../bytes.ts';

describe('codec/rpc/auth/gluster', () => {
  it('reads and writes version 1', () => {
    const bytes = hex(`
      00 00 00 00 00 00 00 09   # lk_owner
      00 00 00 10               # pid
      00 00 00 01 00 00 00 02   # uid, gid
      00 00 00 01 00 00 00 03   # one group: 3
    `);
    const value = { lk_owner: 9n, pid: 16, uid: 1, gid: 2, gids: [3] };
    expect(decode(glusterCredential1, bytes)).to.deep.equal(value);
    expect(encode(glusterCredential1, value)).to.deep.equal(bytes);
  });

  it('reads and writes version 2', () => {
    const bytes = hex(`
      ff ff ff ff               # pid -1
      00 00 00 01 00 00 00 02   # uid, gid
      00 00 00 00               # no groups
      00 00 00 02 aa bb 00 00   # lk_owner
    `);
    const value = { pid: -1, uid: 1, gid: 2, gids: [], lk_owner: hex('aabb') };
    expect(decode(glusterCredential2, bytes)).to.deep.equal(value);
    expect(encode(glusterCredential2, value)).to.deep.equal(bytes);
  });

  it('reads and writes version 3', () => {
    const bytes = hex(`
      00 00 00 10               # pid
      00 00 00 01 00 00 00 02   # uid, gid
      00 00 00 01               # flags
      00 00 00 05               # ctime, nanoseconds
      00 00 00 00 65 00 00 00   # ctime, seconds
      00 00 00 01 00 00 00 03   # one group: 3
      00 00 00 00               # no lk_owner
    `);
    const value = {
      pid: 16,
      uid: 1,
      gid: 2,
      flags: 1,
      ctime_nsec: 5,
      ctime_sec: 0x65000000n,
      gids: [3],
      lk_owner: new Uint8Array(0),
    };
    expect(decode(glusterCredential3, bytes)).to.deep.equal(value);
    expect(encode(glusterCredential3, value)).to.deep.equal(bytes);
  });
});
