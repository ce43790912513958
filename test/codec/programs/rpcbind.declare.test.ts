import { expect } from 'chai';
import { declarations } from '../../../codec/programs/rpcbind.declare.ts';
import * as module from '../../../codec/programs/rpcbind.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number, version = 4) => procedureOf(module, declarations, 100000, version, number);

describe('codec/programs/rpcbind', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  const rpcb = hex(`
    00 01 86 a3                       # r_prog 100003
    00 00 00 03                       # r_vers 3
    00 00 00 03 74 63 70 00           # r_netid 'tcp'
    00 00 00 00                       # r_addr ''
    00 00 00 01 30 00 00 00           # r_owner '0'
  `);
  const rpcbValue = { r_prog: 100003, r_vers: 3, r_netid: 'tcp', r_addr: '', r_owner: '0' };

  it('reads GETADDR', () => {
    checkMessage(procedure(3), 'arguments', rpcb, rpcbValue);
    const result = hex('00000010 31302e302e302e312e382e3120202020'); // '10.0.0.1.8.1    '
    checkMessage(procedure(3), 'result', result, '10.0.0.1.8.1    ');
  });

  it('reads DUMP of version 3', () => {
    const result = Uint8Array.from([0, 0, 0, 1, ...rpcb, 0, 0, 0, 0]);
    checkMessage(procedure(4, 3), 'result', result, [{ rpcb_map: rpcbValue }]);
  });

  it('reads UADDR2TADDR', () => {
    checkMessage(procedure(7), 'result', hex('00000010 00000002 0002 0000'), {
      maxlen: 16,
      buf: hex('0002'),
    });
  });

  it('reads GETADDRLIST', () => {
    const result = hex(`
      00 00 00 01                               # an entry
      00 00 00 07 30 2e 30 2e 30 2e 30 00       #   r_maddr '0.0.0.0'
      00 00 00 03 75 64 70 00                   #   r_nc_netid 'udp'
      00 00 00 01                               #   r_nc_semantics: datagrams
      00 00 00 04 69 6e 65 74                   #   r_nc_protofmly 'inet'
      00 00 00 03 75 64 70 00                   #   r_nc_proto 'udp'
      00 00 00 00                               # no more
    `);
    checkMessage(procedure(11), 'result', result, [
      {
        rpcb_entry_map: {
          r_maddr: '0.0.0.0',
          r_nc_netid: 'udp',
          r_nc_semantics: 1,
          r_nc_protofmly: 'inet',
          r_nc_proto: 'udp',
        },
      },
    ]);
  });

  it('reads GETSTAT', () => {
    const counts = Array.from({ length: 13 }, (_, i) => i);
    const one = hex(`
      ${counts.map((n) => n.toString(16).padStart(8, '0')).join(' ')}   # calls of each procedure
      00 00 00 05 ff ff ff ff                                           # setinfo, unsetinfo -1
      00 00 00 01                                                       # an address asked for
      00 01 86 a3 00 00 00 03 00 00 00 02 00 00 00 01 00 00 00 00       #   100003, 3, 2 found, 1 not, ''
      00 00 00 00                                                       # no more
      00 00 00 00                                                       # no remote calls
    `);
    const value = {
      info: counts,
      setinfo: 5,
      unsetinfo: -1,
      addrinfo: [{ prog: 100003, vers: 3, success: 2, failure: 1, netid: '' }],
      rmtinfo: [],
    };
    checkMessage(procedure(12), 'result', Uint8Array.from([...one, ...one, ...one]), [value, value, value]);
  });

  it('declares the call within for all that make one', () => {
    for (const declared of [procedure(5, 3), procedure(5), procedure(10)]) {
      expect(declared.declared.innerCall).to.include({ arguments: 'args', results: 'results' });
    }
  });
});
