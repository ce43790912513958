/** What nsm.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['SM_CALLBACK_', 'SM_'],
  aliases: {
    'sm_name.mon_name': 'stat.name',
    'mon_id.mon_name': 'stat.mon_id.name',
    'my_id.my_name': 'stat.my_id.hostname',
    'my_id.my_prog': 'stat.my_id.prog',
    'my_id.my_vers': 'stat.my_id.vers',
    'my_id.my_proc': 'stat.my_id.proc',
    'mon.priv': 'stat.priv',
    'sm_stat.state': 'stat.state',
    'stat_chge.mon_name': 'stat.name',
    'stat_chge.state': 'stat.state',
  },
};
