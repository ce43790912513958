/** What nlm4.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';
import { lockProcedures } from './nlm.declare.ts';

export const declarations: Declarations = {
  prefixes: ['NLMPROC4_'],
  procedures: lockProcedures('NLMPROC4_'),
  aliases: {
    nlm4_stats: 'nlm.stat',
    'nlm4_lock.caller_name': 'nlm.lock.caller_name',
    'nlm4_lock.oh': 'nlm.lock.owner',
    'nlm4_lock.svid': 'nlm.lock.svid',
  },
};
