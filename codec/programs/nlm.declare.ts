/** What nlm.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['NLM_'],
  aliases: {
    nlm_stats: 'nlm.stat',
    'nlm_lock.caller_name': 'nlm.lock.caller_name',
    'nlm_lock.oh': 'nlm.lock.owner',
    'nlm_lock.svid': 'nlm.lock.svid',
  },
};
