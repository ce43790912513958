/** What ypserv.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['YPPROC_'],
  procedures: {
    YPPROC_ALL: { repeats: { last: [0] } },
  },
  aliases: {
    domainname: 'ypserv.domain',
    mapname: 'ypserv.map',
    peername: 'ypserv.peer',
    keydat: 'ypserv.key',
    valdat: 'ypserv.value',
    ypstat: 'ypserv.status',
    ypxfrstat: 'ypserv.xfrstat',
  },
};
