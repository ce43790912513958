/** What ypserv.x cannot say. */
import type { Declarations, InfoFormat, InfoPart } from '../rpc/declarations.ts';

const STATUSES: InfoFormat = {
  names: {
    [-1]: 'YP_NOMAP',
    [-2]: 'YP_NODOM',
    [-3]: 'YP_NOKEY',
    [-4]: 'YP_BADOP',
    [-5]: 'YP_BADDB',
    [-6]: 'YP_YPERR',
    [-7]: 'YP_BADARGS',
    [-8]: 'YP_VERS',
  },
};
const MAP: readonly InfoPart[] = [
  [' ', 'domain'],
  ['/', 'map'],
];

export const declarations: Declarations = {
  prefixes: ['YPPROC_'],
  procedures: {
    YPPROC_MATCH: {
      info: {
        call: [...MAP, ['/', 'key', 'text']],
        reply: [
          [' ', 'stat', STATUSES],
          [' ', 'val', 'text'],
        ],
      },
    },
    YPPROC_FIRST: { info: { reply: [[' ', 'stat', STATUSES]] } },
    YPPROC_NEXT: { info: { reply: [[' ', 'stat', STATUSES]] } },
    YPPROC_MASTER: { info: { reply: [[' ', 'stat', STATUSES]] } },
    YPPROC_ORDER: {
      info: {
        call: MAP,
        reply: [
          [' ', 'stat', STATUSES],
          [' ', 'ordernum', 'hex'],
        ],
      },
    },
    YPPROC_MAPLIST: { info: { reply: [[' ', 'stat', STATUSES]] } },
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
