/** What rpcbind.x cannot say. */
import type { Declarations, InnerCall } from '../rpc/declarations.ts';

const innerCall: InnerCall = {
  program: 'prog',
  version: 'vers',
  procedure: 'proc',
  arguments: 'args',
  results: 'results',
};

export const declarations: Declarations = {
  prefixes: ['RPCBPROC_'],
  procedures: {
    RPCBPROC_CALLIT: { innerCall },
    RPCBPROC_BCAST: { innerCall },
    RPCBPROC_INDIRECT: { innerCall },
  },
  aliases: {
    uaddr: 'portmap.uaddr',
    'rpcb.r_prog': 'portmap.rpcb.prog',
    'rpcb.r_vers': 'portmap.rpcb.version',
    'rpcb.r_netid': 'portmap.rpcb.netid',
    'rpcb.r_addr': 'portmap.rpcb.addr',
    'rpcb.r_owner': 'portmap.rpcb.owner',
    'rpcb_rmtcallargs.prog': 'portmap.prog',
    'rpcb_rmtcallargs.vers': 'portmap.version',
    'rpcb_rmtcallargs.proc': 'portmap.proc',
    'rpcb_rmtcallargs.args': 'portmap.args',
    'rpcb_rmtcallres.addr': 'portmap.uaddr',
    'rpcb_rmtcallres.results': 'portmap.result',
  },
};
