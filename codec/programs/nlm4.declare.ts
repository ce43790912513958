/** What nlm4.x cannot say. */
import type { Declarations, InfoFormat, InfoPart, ProcedureDeclarations } from '../rpc/declarations.ts';

/** Wireshark's words for them, in either version */
const STATUSES: InfoFormat = {
  names: {
    1: 'NLM_DENIED',
    2: 'NLM_DENIED_NOLOCKS',
    3: 'NLM_BLOCKED',
    4: 'NLM_DENIED_GRACE_PERIOD',
    5: 'NLM_DEADLCK',
    6: 'NLM_ROFS',
    7: 'NLM_STALE_FH',
    8: 'NLM_BIG',
    9: 'NLM_FAILED',
  },
};
const LOCK: readonly InfoPart[] = [
  [' FH:', 'alock.fh', 'handle'],
  [' svid:', 'alock.svid'],
  [' pos:', 'alock.l_offset'],
  ['-', 'alock.l_len'],
];
const TEST: ProcedureDeclarations = { info: { call: LOCK } };
const STATUS: readonly InfoPart[] = [[' ', 'stat.stat', STATUSES]];
const LOCKED: ProcedureDeclarations = { info: { call: LOCK, reply: STATUS } };
const RESULT: ProcedureDeclarations = { info: { call: STATUS } };
const SHARE: ProcedureDeclarations = {
  info: { call: [[' FH:', 'share.fh', 'handle']], reply: [[' ', 'stat', STATUSES]] },
};

export const declarations: Declarations = {
  prefixes: ['NLMPROC4_'],
  procedures: {
    NLMPROC4_TEST: TEST,
    NLMPROC4_LOCK: LOCKED,
    NLMPROC4_CANCEL: LOCKED,
    NLMPROC4_UNLOCK: LOCKED,
    NLMPROC4_GRANTED: LOCKED,
    NLMPROC4_TEST_MSG: TEST,
    NLMPROC4_LOCK_MSG: TEST,
    NLMPROC4_CANCEL_MSG: TEST,
    NLMPROC4_UNLOCK_MSG: TEST,
    NLMPROC4_GRANTED_MSG: TEST,
    NLMPROC4_LOCK_RES: RESULT,
    NLMPROC4_CANCEL_RES: RESULT,
    NLMPROC4_UNLOCK_RES: RESULT,
    NLMPROC4_GRANTED_RES: RESULT,
    NLMPROC4_SHARE: SHARE,
    NLMPROC4_UNSHARE: SHARE,
    NLMPROC4_NM_LOCK: LOCKED,
  },
  aliases: {
    nlm4_stats: 'nlm.stat',
    'nlm4_lock.caller_name': 'nlm.lock.caller_name',
    'nlm4_lock.oh': 'nlm.lock.owner',
    'nlm4_lock.svid': 'nlm.lock.svid',
  },
};
