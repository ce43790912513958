import { declarations } from '../../../codec/programs/ypbind.declare.ts';
import * as module from '../../../codec/programs/ypbind.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number) => procedureOf(module, declarations, 100007, 2, number);

describe('codec/programs/ypbind', () => {
  it('declares what exists', () => checkDeclarations(module, declarations, { SETDOM: 'SETDOMAIN' }));

  it('reads DOMAIN', () => {
    checkMessage(procedure(1), 'arguments', hex('00000001 64000000'), 'd');
    checkMessage(procedure(1), 'result', hex('00000001 7f000001 0342 0000'), {
      ypbind_status: 1,
      ypbind_bindinfo: { ypbind_binding_addr: hex('7f000001'), ypbind_binding_port: hex('0342') },
    });
    checkMessage(procedure(1), 'result', hex('00000002 00000002'), { ypbind_status: 2, ypbind_error: 2 });
  });

  it('reads SETDOM', () => {
    checkMessage(procedure(2), 'arguments', hex('00000001 64000000 7f000001 03420000 00000002'), {
      ypsetdom_domain: 'd',
      ypsetdom_binding: { ypbind_binding_addr: hex('7f000001'), ypbind_binding_port: hex('0342') },
      ypsetdom_vers: 2,
    });
  });
});
