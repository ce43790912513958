import { expect } from 'chai';
import { findSocket, inheritedSocket } from '../../../cli/serve/inherited.ts';

const UNIX = `Num       RefCount Protocol Flags    Type St Inode Path
0000: 00000002 00000000 00010000 0001 01 77 /run/a.sock`;
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:40E1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 88 1
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 89 1`;
const TCP6 = `  sl  local_address remote_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 90 1`;
const tables = { unix: UNIX, tcp: TCP, tcp6: TCP6 };
const find = (inode: string) => findSocket(inode, (name) => tables[name]);

describe('cli/serve/inherited', () => {
  it('knows a UNIX socket, and addresses of both families', () => {
    expect(find('77')).to.include({ kind: 'unix', path: '/run/a.sock' });
    expect(find('88')).to.include({ kind: 'tcp', host: '127.0.0.1', port: 16_609 });
    expect(find('89')).to.include({ kind: 'tcp', host: '0.0.0.0', port: 22 });
    expect(find('90')).to.include({ kind: 'tcp', host: '::1', port: 80 });
  });

  it('knows nothing of what is not there', () => {
    expect(find('1')).to.equal(null);
    expect(inheritedSocket(9999)).to.equal(null);
    expect(inheritedSocket(0)?.kind).to.not.equal('udp');
  });
});
