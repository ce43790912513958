import { declarations } from '../../../codec/programs/rquota.declare.ts';
import * as module from '../../../codec/programs/rquota.gen.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const procedure = (number: number, version = 1) => procedureOf(module, declarations, 100011, version, number);

describe('codec/programs/rquota', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('reads GETQUOTA of both versions', () => {
    checkMessage(procedure(1), 'arguments', hex('00000001 2f000000 000003e8'), {
      gqa_pathp: '/',
      gqa_uid: 1000,
    });
    checkMessage(procedure(1, 2), 'arguments', hex('00000001 2f000000 00000001 00000064'), {
      gqa_pathp: '/',
      gqa_type: 1,
      gqa_id: 100,
    });
    const result = hex(`
      00 00 00 01               # Q_OK
      00 00 04 00 00 00 00 01   # rq_bsize, rq_active
      00 00 00 0a 00 00 00 09 00 00 00 08   # blocks: hard, soft, current
      00 00 00 07 00 00 00 06 00 00 00 05   # files: hard, soft, current
      00 00 00 04 00 00 00 03   # seconds left: blocks, files
    `);
    checkMessage(procedure(1), 'result', result, {
      status: 1,
      gqr_rquota: {
        rq_bsize: 1024,
        rq_active: true,
        rq_bhardlimit: 10,
        rq_bsoftlimit: 9,
        rq_curblocks: 8,
        rq_fhardlimit: 7,
        rq_fsoftlimit: 6,
        rq_curfiles: 5,
        rq_btimeleft: 4,
        rq_ftimeleft: 3,
      },
    });
    checkMessage(procedure(1), 'result', hex('00000003'), { status: 3 });
  });

  it('reads SETQUOTA of version 2', () => {
    const args = hex(`
      00 00 00 05 00 00 00 01 2f 00 00 00   # sqa_qcmd, sqa_pathp '/'
      00 00 00 64 00 00 00 01               # sqa_id, sqa_type
      00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04
      00 00 00 05 00 00 00 06 00 00 00 07 00 00 00 08
    `);
    checkMessage(procedure(3, 2), 'arguments', args, {
      sqa_qcmd: 5,
      sqa_pathp: '/',
      sqa_id: 100,
      sqa_type: 1,
      sqa_dqblk: {
        rq_bhardlimit: 1,
        rq_bsoftlimit: 2,
        rq_curblocks: 3,
        rq_fhardlimit: 4,
        rq_fsoftlimit: 5,
        rq_curfiles: 6,
        rq_btimeleft: 7,
        rq_ftimeleft: 8,
      },
    });
  });
});
