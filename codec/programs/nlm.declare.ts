/** What nlm.x cannot say. */
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
  prefixes: ['NLM_'],
  procedures: {
    NLM_TEST: TEST,
    NLM_LOCK: LOCKED,
    NLM_CANCEL: LOCKED,
    NLM_UNLOCK: LOCKED,
    NLM_GRANTED: LOCKED,
    NLM_TEST_MSG: TEST,
    NLM_LOCK_MSG: TEST,
    NLM_CANCEL_MSG: TEST,
    NLM_UNLOCK_MSG: TEST,
    NLM_GRANTED_MSG: TEST,
    NLM_LOCK_RES: RESULT,
    NLM_CANCEL_RES: RESULT,
    NLM_UNLOCK_RES: RESULT,
    NLM_GRANTED_RES: RESULT,
    NLM_SHARE: SHARE,
    NLM_UNSHARE: SHARE,
    NLM_NM_LOCK: LOCKED,
  },
  aliases: {
    nlm_stats: 'nlm.stat',
    'nlm_lock.caller_name': 'nlm.lock.caller_name',
    'nlm_lock.oh': 'nlm.lock.owner',
    'nlm_lock.svid': 'nlm.lock.svid',
  },
};
