/** What ypbind.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['YPBINDPROC_'],
  aliases: {
    domainname: 'ypbind.domain',
    ypbind_resptype: 'ypbind.resp_type',
    'ypbind_binding.ypbind_binding_addr': 'ypbind.addr',
    'ypbind_binding.ypbind_binding_port': 'ypbind.port',
  },
};
