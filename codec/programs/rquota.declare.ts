/** What rquota.x cannot say. */
import type { Declarations } from '../rpc/declarations.ts';

export const declarations: Declarations = {
  prefixes: ['RQUOTAPROC_'],
  aliases: {
    qr_status: 'rquota.status',
    'getquota_args.gqa_pathp': 'rquota.pathp',
    'getquota_args.gqa_uid': 'rquota.uid',
    'ext_getquota_args.gqa_pathp': 'rquota.pathp',
    'ext_getquota_args.gqa_type': 'rquota.type',
    'ext_getquota_args.gqa_id': 'rquota.id',
  },
};
