/** What portmap2.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['PMAPPROC_'],
  procedures: {
    PMAPPROC_GETPORT: {
      info: {
        call: [
          [' ', 'prog', 'program'],
          [' V:', 'vers', 'signed'],
          [' ', 'prot', 'ipproto'],
        ],
        reply: [
          [' Port:', '', 'nonzero'],
          [' ', '', { names: { 0: 'PROGRAM_NOT_AVAILABLE' } }],
        ],
      },
    },
    PMAPPROC_CALLIT: {
      innerCall: { program: 'prog', version: 'vers', procedure: 'proc', arguments: 'args', results: 'res' },
    },
  },
  aliases: {
    'mapping.prog': 'portmap.prog',
    'mapping.vers': 'portmap.version',
    'mapping.prot': 'portmap.proto',
    'mapping.port': 'portmap.port',
    'call_args.prog': 'portmap.prog',
    'call_args.vers': 'portmap.version',
    'call_args.proc': 'portmap.proc',
    'call_args.args': 'portmap.args',
    'call_result.port': 'portmap.port',
    'call_result.res': 'portmap.result',
  },
};
